import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

/// Root in folders of other users, who can put links in the place of files.
@Suite(
    .serialized, .timeLimit(.minutes(30)),
    .enabled("only root can be led elsewhere by links of other users: run this as root") { geteuid() == 0 })
struct FolderOwnerTests {
    /// “nobody”, and another user.
    private static let user: uid_t = 65_534
    private static let another: uid_t = 4_242

    private struct Place {
        /// Root's own folder, with a backup in it.
        var own: URL
        var backup: URL { own.appending(path: "backup.db") }
        /// The other user's folder.
        var folder: URL
        var storage: URL { folder.appending(path: "nuncio.db") }
        /// Root's own folder, into which nothing must come.
        var victim: URL
    }

    private func withPlace(_ body: (Place) async throws -> Void) async throws {
        try await withTemporaryFolder { top in
            chmod(top.path, 0o755)
            let place = Place(
                own: top.appending(path: "own"), folder: top.appending(path: "folder"), victim: top.appending(path: "victim"))
            for folder in [place.own, place.folder, place.victim] {
                try FileManager.default.createDirectory(
                    at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            }
            try NuncioProcess.writeConfiguration(in: place.own)
            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: place.own)
            _ = try await API(port: try await server.waitUntilReady().http).register()
            let outcome = try await NuncioProcess.run(["backup", "backup.db", "--config", "nuncio.yaml"], in: place.own)
            #expect(outcome.exitCode == 0, "\(outcome.error)")
            server.signal(SIGTERM)
            #expect(try await server.waitForExit() == 0)
            chown(place.folder.path, Self.user, Self.user)
            try await body(place)
        }
    }

    private func restore(_ place: Place, _ options: String...) async throws -> (exitCode: Int, out: String, error: String) {
        try await NuncioProcess.run(
            ["restore", place.backup.path, "--storage", place.storage.path] + options, in: place.own)
    }

    private func owner(_ file: URL) -> uid_t? {
        // For a link, this is the owner of the link itself.
        let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
        return (attributes?[.ownerAccountID] as? NSNumber)?.uint32Value
    }

    private func files(in folder: URL) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    }

    private func expectUntouched(_ place: Place) throws {
        let found = try files(in: place.victim)
        #expect(found.map(\.lastPathComponent) == ["file"])
        for file in found { #expect(try String(contentsOf: file, encoding: .utf8) == "precious" && owner(file) == 0) }
    }

    private func prepareVictim(_ place: Place) throws -> URL {
        let file = place.victim.appending(path: "file")
        try Data("precious".utf8).write(to: file)
        chmod(file.path, 0o600)
        return file
    }

    @Test func `what restore, import and a second restore make belongs to the folder's owner`() async throws {
        try await withPlace { place in
            let first = try await restore(place)
            #expect(first.exitCode == 0, "\(first.error)")
            let second = try await restore(place, "--replace")
            #expect(second.exitCode == 0, "\(second.error)")
            let source = try SampleDatabase(in: place.own, tables: SampleDatabase.schema1)
            for number in 1...3 { try source.register(number) }
            let imported = try await NuncioProcess.run(
                ["import", "acme-dns", "--config", "nuncio.yaml", "--database", "acme-dns.db"], in: place.own,
                environment: ["NUNCIO_STORAGE_SQLITE_PATH": place.storage.path])
            #expect(imported.exitCode == 0, "\(imported.error)")
            let made = try files(in: place.folder)
            #expect(made.count >= 3)
            for file in made { #expect(owner(file) == Self.user, "\(file.lastPathComponent)") }
        }
    }

    @Test(
        arguments: [
            ".lock", ".restoring", ".restoring-journal", ".restoring-wal", ".restoring-shm", "-wal", "-shm", "-journal", "",
        ], ["file", "new"])
    func `a link in the place of a file leads root nowhere`(_ suffix: String, _ target: String) async throws {
        try await withPlace { place in
            _ = try prepareVictim(place)
            let link = place.folder.appending(path: "nuncio.db\(suffix)")
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: place.victim.appending(path: target))
            lchown(link.path, Self.user, Self.user)
            _ = try await restore(place)
            _ = try await restore(place, "--forget-deleted")
            try expectUntouched(place)
            for file in try files(in: place.folder) { #expect(owner(file) == Self.user, "\(file.lastPathComponent)") }
        }
    }

    @Test func `links that come and go while it restores lead root nowhere`() async throws {
        try await withPlace { place in
            let target = try prepareVictim(place)
            let isOver = Flag()
            async let swapping: Void = onThread {
                while !isOver.isSet {
                    for suffix in [".restoring", ".lock", ".restoring-journal"] {
                        let name = place.storage.path + suffix
                        unlink(name)
                        symlink(target.path, name)
                        unlink(name)
                    }
                }
            }
            for _ in 0..<5 { _ = try await restore(place, "--forget-deleted") }
            isOver.set()
            try await swapping
            try expectUntouched(place)
        }
    }

    @Test func `a backup into the folder is its owner's, and a link there leads root nowhere`() async throws {
        try await withPlace { place in
            _ = try prepareVictim(place)
            for (name, suffix) in [("a.db", ""), ("b.db", ".partial"), ("c.db", ".partial-journal")] {
                let link = place.folder.appending(path: name + suffix)
                try FileManager.default.createSymbolicLink(at: link, withDestinationURL: place.victim.appending(path: "file"))
                lchown(link.path, Self.user, Self.user)
                let outcome = try await NuncioProcess.run(
                    ["backup", place.folder.appending(path: name).path, "--config", "nuncio.yaml"], in: place.own)
                guard name == "c.db" else {
                    #expect(outcome.exitCode == 4 && outcome.error.contains("is a link"), "\(outcome.error)")
                    continue
                }
                #expect(outcome.exitCode == 0, "\(outcome.error)")
                #expect(owner(place.folder.appending(path: name)) == Self.user)
            }
            try expectUntouched(place)
        }
    }

    @Test func `the list of refused accounts goes through no link of another user's`() async throws {
        try await withPlace { place in
            let target = try prepareVictim(place)
            let link = place.folder.appending(path: "refused.json")
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: target)
            _ = try SampleDatabase(in: place.own, tables: SampleDatabase.schema1)
            let outcome = try await NuncioProcess.run(
                [
                    "import", "acme-dns", "--config", "nuncio.yaml", "--database", "acme-dns.db", "--dry-run", "--refused",
                    link.path,
                ], in: place.own)
            #expect(outcome.exitCode != 0)
            try expectUntouched(place)
        }
    }

    @Test func `the server does not start as root in another user's folder`() async throws {
        try await withPlace { place in
            let outcome = try await NuncioProcess.run(
                ["serve", "--config", "nuncio.yaml"], in: place.own,
                environment: ["NUNCIO_STORAGE_SQLITE_PATH": place.storage.path])
            #expect(outcome.exitCode == 4)
            #expect(outcome.error.contains("belongs to “nobody”: run this as that user"))
            #expect(try files(in: place.folder).isEmpty)
        }
    }

    /// Mode and owner of the folder, mode and owner of its parent, and whether root uses it.
    @Test(
        arguments: [
            (0o700, 0, 0o755, 0, true), (0o777, 0, 0o755, 0, false), (0o1777, 0, 0o755, 0, true), (0o770, 0, 0o755, 0, false),
            (0o777, user, 0o755, 0, false), (0o770, user, 0o755, 0, true), (0o700, user, 0o755, another, false),
            (0o700, 0, 0o755, user, false), (0o700, user, 0o777, 0, false), (0o700, user, 0o1777, 0, true),
        ] as [(mode_t, uid_t, mode_t, uid_t, Bool)])
    func `root uses a folder only if nobody else can put files into it`(
        _ mode: mode_t, _ user: uid_t, _ outerMode: mode_t, _ outerUser: uid_t, _ isUsed: Bool
    ) async throws {
        try await withPlace { place in
            let outer = place.victim
            let inner = outer.appending(path: "inner")
            try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
            for (folder, mode, user) in [(inner, mode, user), (outer, outerMode, outerUser)] {
                // A group other than root's.
                chown(folder.path, user, 4_243)
                chmod(folder.path, mode)
            }
            let outcome = try await NuncioProcess.run(
                ["restore", place.backup.path, "--storage", inner.appending(path: "nuncio.db").path], in: place.own)
            #expect((outcome.exitCode == 0) == isUsed, "\(outcome.error)")
            #expect(try files(in: inner).isEmpty != isUsed)
        }
    }

    @Test func `a folder whose owner may not get there is not used, and is told with what to do`() async throws {
        try await withPlace { place in
            // As with systemd's DynamicUser=, whose /var/lib/private only root may enter.
            let inner = place.victim.appending(path: "inner")
            try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: false)
            chown(inner.path, Self.user, Self.user)
            let storage = inner.appending(path: "nuncio.db").path
            let outcome = try await NuncioProcess.run(
                ["restore", place.backup.path, "--storage", storage], in: place.own)
            #expect(
                outcome.exitCode == 4
                    && outcome.error.contains("that user may not enter “\(place.victim.resolvingSymlinksInPath().path)”"),
                "\(outcome.error)")
            #expect(try files(in: inner).isEmpty)
        }
    }

    @Test func `a link of another user's on the way leads root nowhere`() async throws {
        try await withPlace { place in
            let link = place.folder.appending(path: "data")
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: place.victim)
            lchown(link.path, Self.user, Self.user)
            let outcome = try await NuncioProcess.run(
                ["restore", place.backup.path, "--storage", link.appending(path: "nuncio.db").path], in: place.own)
            #expect(outcome.exitCode == 4)
            #expect(outcome.error.contains("belongs to “nobody”, who could replace"))
            #expect(try files(in: place.victim).isEmpty)
        }
    }
}

/// A flag that one thread sets and another sees.
private final class Flag: Sendable {
    private let value = Mutex(false)
    var isSet: Bool { value.withLock(\.self) }
    func set() { value.withLock { $0 = true } }
}
