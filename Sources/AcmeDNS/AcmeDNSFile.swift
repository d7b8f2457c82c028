import Foundation
import Glibc
import SystemErrors

/// How SQLite is to open a database of acme-dns so that nothing is written beside it, wherever it lies.
///
/// A database in WAL mode cannot be read without its `-shm` file, which SQLite would make, and leave there. So where acme-dns has it open,
/// its own is used; where nobody has, the file is read as one that does not change, and it is looked at whether it did; where a WAL
/// was left, both are copied.
final class AcmeDNSFile: Sendable {
    /// What SQLite is given: a path, or a URI.
    let name: String
    private let path: String
    private let fingerprint: Fingerprint?
    private let copy: String?

    /// The size and time of a file; changed if one of them did.
    private struct Fingerprint: Equatable {
        var file: [Int64]
        var log: [Int64]
        var hasIndex: Bool

        init(_ path: String) {
            file = Self.state(path)
            log = Self.state(path + "-wal")
            hasIndex = FileManager.default.fileExists(atPath: path + "-shm")
        }

        /// Empty if there is no such file, or nothing in it.
        private static func state(_ path: String) -> [Int64] {
            var status = stat()
            guard unsafe stat(path, &status) == 0, status.st_size > 0 else { return [] }
            return [
                Int64(status.st_size), Int64(status.st_mtim.tv_sec), Int64(status.st_mtim.tv_nsec), Int64(status.st_ino),
            ]
        }
    }

    /// - Parameter temporaryFolder: where a copy is made, if one must be.
    init(path given: String, temporaryFolder: String) throws(AcmeDNSDatabaseError) {
        // Never a URI, and never a name with a meaning to SQLite.
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
                throw .unreadable(path: given, reason: "it may not be read by this user")
            }
            throw .noRoom(path: given, folder: temporaryFolder)
        }
        guard Fingerprint(path) == now else {
            try? FileManager.default.removeItem(atPath: folder)
            throw .changed(path: given)
        }
    }

    deinit { removeCopy() }

    /// Takes the copy's names away, once SQLite has it open: then it goes with this process, however that ends.
    func removeCopy() {
        if let copy { try? FileManager.default.removeItem(atPath: copy) }
    }

    /// Whether the file was written to by another program since it was opened, where that matters.
    var hasChanged: Bool { copy == nil && fingerprint.map { $0 != Fingerprint(path) } ?? false }

    private static let plain = CharacterSet.alphanumerics.intersection(CharacterSet(charactersIn: "\u{0}"..."\u{7F}"))
        .union(CharacterSet(charactersIn: "/-._"))

    /// As the file's header says (the file format of SQLite, section 1.3.3).
    private static func isInWALMode(_ path: String, _ given: String) throws(AcmeDNSDatabaseError) -> Bool {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw .unreadable(path: given, reason: "it may not be read by this user")
        }
        defer { try? file.close() }
        let header = (try? file.read(upToCount: 20)) ?? Data()
        return header.count == 20 && header[19] == 2
    }
}
