import DelegateAPI
import Delegates
import Foundation
import Glibc
import SystemErrors
import TestSupport
import Testing

/// The whole server on a disk that fills up: a small one in memory, which only this test sees.
@Suite(
    .serialized, .timeLimit(.minutes(30)),
    .enabled("only root can mount a disk: run this as root, where that may be done") { await SmallDisk.isPossible() })
struct FullDiskTests {
    private static let mebibyte = 1 << 20

    private func withDisk(_ mebibytes: Int, _ body: (SmallDisk, URL) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let disk = try await SmallDisk(mebibytes: mebibytes, in: folder)
            try NuncioProcess.writeConfiguration(in: folder) {
                $0 += "storage:\n  reserve: 16\n  sqlite:\n    path: \"disk/nuncio.db\"\n"
            }
            try await body(disk, folder)
        }
    }

    private func start(_ disk: SmallDisk, _ folder: URL) async throws -> (server: NuncioProcess, api: API) {
        let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder, wrapper: disk.wrapper)
        return (server, API(port: try await server.waitUntilReady().http))
    }

    @Test func `registrations are refused first, updates go on when nothing is free, and so does the next start`() async throws
    {
        try await withDisk(48) { disk, folder in
            let (server, api) = try await start(disk, folder)
            let credential = try await api.register()
            #expect(try await api.update(credential, Samples.value(1).text) == 200)

            // For example logs, beside the storage.
            try disk.fill(leaving: 12 * Self.mebibyte)
            try await waitUntil("registrations are refused") { try await api.registerRefused().status == 507 }
            #expect(try await api.registerRefused().error == "too_little_room")
            #expect(try await api.update(credential, Samples.value(2).text) == 200)
            #expect(try await api.health() == 200)

            try disk.fill(leaving: 0)
            for index in 3..<40 { #expect(try await api.update(credential, Samples.value(index).text) == 200) }
            #expect(server.standardError.contains("the reserved room is given to updates"))
            #expect(try await api.registerRefused().status == 507)

            // The next start does without the room that was given up.
            server.signal(SIGKILL)
            _ = try await server.waitForExit()
            let (next, nextAPI) = try await start(disk, folder)
            #expect(try await nextAPI.update(credential, Samples.value(40).text) == 200)
            #expect(try await nextAPI.registerRefused().status == 507)

            try disk.empty()
            try await waitUntil("there is room again") {
                next.standardError.contains("enough room on the storage's disk again")
            }
            _ = try await nextAPI.register()
            next.signal(SIGTERM)
            #expect(try await next.waitForExit() == 0)
        }
    }

    @Test func `a backup onto a full disk says that the disk is full, and leaves nothing there`() async throws {
        try await withDisk(48) { disk, folder in
            let (server, api) = try await start(disk, folder)
            _ = try await api.register()
            try disk.fill(leaving: 20_000)
            // The server then gives up its reserve, sooner or later: that room is filled, too.
            try await server.waitForError("the reserved room is given to updates")
            try disk.fill(leaving: 20_000)
            let backup = try await NuncioProcess.run(
                ["backup", "disk/backup.db", "--config", "nuncio.yaml"], in: folder, wrapper: disk.wrapper)
            #expect(
                backup.exitCode == 4 && backup.error.contains("“disk/backup.db” was not made: the disk is full")
                    && !backup.error.contains("SQLite error"), "\(backup)")
            #expect(try !disk.contents().contains { $0.hasPrefix("backup") })
            server.signal(SIGTERM)
            #expect(try await server.waitForExit() == 0)
        }
    }

    @Test func `an import onto a disk that becomes full says so, and goes on when there is room`() async throws {
        try await withDisk(48) { disk, folder in
            let source = try SampleDatabase(in: folder, tables: SampleDatabase.schema1)
            for number in 1...3_000 { try source.register(number) }
            let arguments = ["import", "acme-dns", "--config", "nuncio.yaml", "--database", source.path, "--json"]
            try disk.fill(leaving: Self.mebibyte)
            let failed = try await NuncioProcess.run(arguments, in: folder, wrapper: disk.wrapper)
            #expect(
                failed.exitCode == 4 && failed.error.contains("the import failed: the disk is full")
                    && !failed.error.contains("SQLite error"), "\(failed)")
            try disk.empty()
            let done = try await NuncioProcess.run(arguments, in: folder, wrapper: disk.wrapper)
            #expect(done.exitCode == 0, "\(done)")
        }
    }

    @Test func `an import that is tried out without room says where room is needed, and that nothing was changed`() async throws
    {
        try await withDisk(1) { disk, folder in
            try NuncioProcess.writeConfiguration(in: folder)
            let source = try SampleDatabase(in: folder, tables: SampleDatabase.schema1)
            try source.register(1)
            try disk.fill(leaving: 0)
            let trial = try await NuncioProcess.run(
                ["import", "acme-dns", "--config", "nuncio.yaml", "--database", source.path, "--dry-run"], in: folder,
                environment: ["TMPDIR": folder.path + "/disk"], wrapper: disk.wrapper)
            #expect(
                trial.exitCode == 4 && trial.error.contains("the disk is full")
                    && trial.error.contains("another folder in TMPDIR")
                    && trial.error.contains("Nothing was changed") && !trial.error.contains("imported"), "\(trial)")
        }
    }

    @Test func `a file that finds no room leaves the former one, and nothing else`() async throws {
        try await withDisk(1) { disk, _ in
            let folder = try DurableFolder(at: disk.path)
            try folder.write([1], to: "key")
            try disk.fill(leaving: 0)
            let before = try disk.contents().sorted()
            for _ in 0..<3 {
                #expect(throws: DurableFolder.Failure.self) {
                    try folder.write([UInt8](repeating: 2, count: 100_000), to: "key")
                }
                #expect(throws: DurableFolder.Failure.self) { try folder.check("key", hasRoomFor: 100_000) }
            }
            #expect(try disk.contents().sorted() == before)
            #expect(try Data(contentsOf: URL(filePath: disk.path + "/key")) == Data([1]))
        }
    }

    @Test func `a storage that was closed is backed up from a disk that can only be read`() async throws {
        try await withTemporaryFolder { folder in
            let made = folder.appending(path: "made")
            try FileManager.default.createDirectory(at: made, withIntermediateDirectories: false)
            try NuncioProcess.writeConfiguration(in: made)
            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: made)
            _ = try await API(port: try await server.waitUntilReady().http).register()
            server.signal(SIGTERM)
            #expect(try await server.waitForExit() == 0)
            let script = "mount --bind made made && mount -o remount,ro,bind made && exec \"$@\""
            let backup = try await NuncioProcess.run(
                ["backup", "backup.db", "--storage", "made/nuncio.db"], in: folder,
                wrapper: ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", script, "sh"])
            #expect(backup.exitCode == 0 && backup.out.hasPrefix("backup.db: 1 delegates"), "\(backup)")
        }
    }

    @Test func `a start finds room on a disk that was filled while it did not run`() async throws {
        try await withDisk(48) { disk, folder in
            let (server, api) = try await start(disk, folder)
            let credential = try await api.register()
            server.signal(SIGTERM)
            #expect(try await server.waitForExit() == 0)
            try disk.fill(leaving: 0)
            let (next, nextAPI) = try await start(disk, folder)
            for index in 0..<20 { #expect(try await nextAPI.update(credential, Samples.value(index).text) == 200) }
            next.signal(SIGTERM)
            #expect(try await next.waitForExit() == 0)
        }
    }
}

/// A disk in memory in the folder `disk`, in its own mount namespace. It is there until the last reference to it goes.
final class SmallDisk: Sendable {
    private let holder: ChildProcess
    /// The folder around the disk.
    private let outside: URL
    /// The disk, as seen from outside.
    private let folder: URL

    init(mebibytes: Int, in folder: URL) async throws {
        let mounted = folder.appending(path: "disk")
        try FileManager.default.createDirectory(at: mounted, withIntermediateDirectories: true)
        let script = "mount -t tmpfs -o size=\(mebibytes)m,mode=700 disk disk && touch disk/mounted && exec sleep 600"
        holder = try ChildProcess("/usr/bin/unshare", ["--mount", "/bin/sh", "-c", script], in: folder)
        outside = folder
        self.folder = URL(filePath: "/proc/\(holder.processID)/root\(mounted.path)")
        let holder = holder
        let marker = self.folder.appending(path: "mounted").path
        try await waitUntil("the disk is mounted") { !holder.isRunning || FileManager.default.fileExists(atPath: marker) }
        guard holder.isRunning else { throw NuncioProcess.Failure(description: "no disk can be mounted") }
    }

    /// Runs a program in the disk's namespace.
    var wrapper: [String] {
        [
            "/usr/bin/nsenter", "--mount=/proc/\(holder.processID)/ns/mnt", "/bin/sh", "-c", "cd \"$0\" && exec \"$@\"",
            outside.path,
        ]
    }

    private var filler: String { folder.appending(path: "filler").path }

    /// Takes all room but `octets`, with a file beside the storage.
    func fill(leaving octets: Int) throws {
        let descriptor = open(filler, O_RDWR | O_CREAT, 0o600)
        defer { close(descriptor) }
        // Like other programs' files, it is written piece by piece until there is no room.
        let piece = [UInt8](repeating: 1, count: 4096)
        lseek(descriptor, 0, SEEK_END)
        while try free() > octets, write(descriptor, piece, piece.count) == piece.count {}
    }

    /// The path of the disk, as seen from outside.
    var path: String { folder.path }

    func empty() throws {
        unlink(filler)
    }

    func contents() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path)
    }

    private func free() throws -> Int {
        var status = statvfs()
        guard statvfs(folder.path, &status) == 0 else { throw NuncioProcess.Failure(description: "the disk is gone") }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }

    static func isPossible() async -> Bool {
        guard geteuid() == 0, FileManager.default.isExecutableFile(atPath: "/usr/bin/unshare"),
            FileManager.default.isExecutableFile(atPath: "/usr/bin/nsenter")
        else { return false }
        do {
            try await withTemporaryFolder { _ = try await SmallDisk(mebibytes: 1, in: $0) }
            return true
        } catch {
            return false
        }
    }
}
