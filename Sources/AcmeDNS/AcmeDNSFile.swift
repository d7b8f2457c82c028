import Foundation
import Glibc
import SystemErrors

/// How SQLite opens an acme-dns database so that nothing is written beside it, wherever it lies.
///
/// SQLite cannot read a database in WAL mode without its `-shm` file, which it would make and leave there. So if acme-dns has the
/// database open, acme-dns's file is used. If no program has it open, it is read as one that does not change, and checked for
/// changes. If a WAL was left, both are copied.
final class AcmeDNSFile: Sendable {
    /// The name for SQLite: a path or a URI.
    let name: String
    private let path: String
    private let fingerprint: Fingerprint?
    private let copy: String?

    /// The sizes, times and numbers of the file and its WAL, and whether it has an index. It differs if a file was written to.
    private struct Fingerprint: Equatable {
        var file: [Int64]
        var log: [Int64]
        var hasIndex: Bool

        init(_ path: String) {
            file = Self.state(path)
            log = Self.state(path + "-wal")
            hasIndex = FileManager.default.fileExists(atPath: path + "-shm")
        }

        /// Empty if there is no such file, or if it is empty.
        private static func state(_ path: String) -> [Int64] {
            var status = stat()
            guard unsafe stat(path, &status) == 0, status.st_size > 0 else { return [] }
            return [
                Int64(status.st_size), Int64(status.st_mtim.tv_sec), Int64(status.st_mtim.tv_nsec), Int64(status.st_ino),
            ]
        }
    }

    /// - Parameter temporaryFolder: the folder in which a copy is made, if one is needed.
    init(path given: String, temporaryFolder: String) throws(AcmeDNSDatabaseError) {
        // An absolute path is neither a URI nor another name with a meaning to SQLite.
        let absolute = FilePath.absolute(given)
        path = FilePath.resolved(absolute)
        let now = Fingerprint(path)
        let hasLog = !now.log.isEmpty
        guard try Self.isInWALMode(path, given), !(now.hasIndex && FileManager.default.fileExists(atPath: path + "-wal")) else {
            name = absolute
            fingerprint = nil
            copy = nil
            return
        }
        fingerprint = now
        guard hasLog else {
            name = "file:" + (path.addingPercentEncoding(withAllowedCharacters: Self.plain) ?? path) + "?immutable=1"
            copy = nil
            return
        }
        let folder = temporaryFolder + "/nuncio-import-\(UUID().uuidString)"
        copy = folder
        name = folder + "/acme-dns.db"
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
            for suffix in ["", "-wal"] { try FileManager.default.copyItem(atPath: path + suffix, toPath: name + suffix) }
        } catch {
            try? FileManager.default.removeItem(atPath: folder)
            guard FileManager.default.isReadableFile(atPath: path) else {
                throw .unreadable(path: given, reason: "this user may not read it")
            }
            throw .noRoom(path: given, folder: temporaryFolder)
        }
        guard Fingerprint(path) == now else {
            try? FileManager.default.removeItem(atPath: folder)
            throw .changed(path: given)
        }
    }

    deinit { removeCopy() }

    /// Removes the names of the copy once SQLite has it open. The copy then goes with this process, however that ends.
    func removeCopy() {
        if let copy { try? FileManager.default.removeItem(atPath: copy) }
    }

    /// Whether another program has written to the file since it was opened, where that matters.
    var hasChanged: Bool { copy == nil && fingerprint.map { $0 != Fingerprint(path) } ?? false }

    private static let plain = CharacterSet.alphanumerics.intersection(CharacterSet(charactersIn: "\u{0}"..."\u{7F}"))
        .union(CharacterSet(charactersIn: "/-._"))

    /// Whether the file's header says so (the file format of SQLite, section 1.3.3).
    private static func isInWALMode(_ path: String, _ given: String) throws(AcmeDNSDatabaseError) -> Bool {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw .unreadable(path: given, reason: "this user may not read it")
        }
        defer { try? file.close() }
        let header = (try? file.read(upToCount: 20)) ?? Data()
        return header.count == 20 && header[19] == 2
    }
}
