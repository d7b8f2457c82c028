package import Delegates
import Foundation
import Glibc
import SystemErrors

/// The files that make up a storage: the one at its path, and those beside it; and the files of a server's state folder.
package enum OwnFiles {
    /// What the names of the files in a state folder begin with: `nuncio.lock`, `nuncio.socket`, `nuncio.keys`.
    package static let stateName = "nuncio"

    /// What follows the storage's path in their names.
    private static let suffixes =
        [
            "", "-wal", "-shm", "-journal", ".lock", ".socket", ".reserve", ".restoring",
        ] + folderSuffixes

    /// Those of folders: nothing in them is another's.
    private static let folderSuffixes = [".keys", ".certificate"]

    /// Checks that a command can make or replace a file without harm to a storage or to something that is no file.
    ///
    /// - Parameter storage: the storage that the command uses. Another storage, and a state folder, are known by their
    ///   locks.
    /// - Throws: ``StorageError/unavailable(_:)``.
    package static func checkIsFree(_ path: String, of storage: String?) throws(StorageError) {
        if let obstacle = FilePath.obstacle(toReplacing: path) { throw .unavailable("“\(path)” \(obstacle)") }
        let real = FilePath.resolved(FilePath.folder(of: path)) + "/" + FilePath.name(of: path)
        if let storage, real == FilePath.resolved(storage) { throw .unavailable("“\(path)” is the storage itself") }
        if let folder = stateFolder(of: real) {
            throw .unavailable("“\(path)” belongs to the server with the state folder “\(folder)”: give another name")
        }
        guard let owner = storage.flatMap({ owner(of: real, among: $0) }) ?? unknownOwner(of: real) else { return }
        throw .unavailable("“\(path)” belongs to the storage “\(owner)”: give another name")
    }

    /// Checks that a command does not replace a file that it reads.
    ///
    /// - Parameter read: the files that the command reads, for example its configuration or the file with its token.
    /// - Throws: ``StorageError/unavailable(_:)``.
    package static func check(_ path: String, isNoneOf read: [String]) throws(StorageError) {
        let real = FilePath.resolved(FilePath.folder(of: path)) + "/" + FilePath.name(of: path)
        guard read.contains(where: { FilePath.resolved($0) == real }) else { return }
        throw .unavailable("“\(path)” is a file that this command reads: give another name")
    }

    /// Checks that a backup is none of the files that restoring it replaces.
    static func checkIsOther(_ backup: String, than storage: String) throws(StorageError) {
        guard owner(of: FilePath.resolved(backup), among: storage) != nil else { return }
        throw .unavailable("“\(backup)” belongs to the storage “\(storage)” itself: give the path of a backup")
    }

    private static func owner(of real: String, among storage: String) -> String? {
        let path = FilePath.resolved(storage)
        let isWithin = folderSuffixes.contains { real.hasPrefix(path + $0 + "/") }
        return isWithin || suffixes.contains { real == path + $0 } ? storage : nil
    }

    /// A storage whose server may be running, known by its lock.
    private static func unknownOwner(of real: String) -> String? {
        let folder = FilePath.folder(of: real)
        if folderSuffixes.contains(where: folder.hasSuffix), let owner = unknownOwner(of: folder) { return owner }
        return suffixes.lazy.filter { real.hasSuffix($0) }.map { String(real.dropLast($0.count)) }.first { base in
            unsafe access(base + ".lock", F_OK) == 0 && isDatabase(base)
        }
    }

    /// The state folder that a file belongs to, known by its lock.
    private static func stateFolder(of real: String) -> String? {
        let (folder, name) = (FilePath.folder(of: real), FilePath.name(of: real))
        if folderSuffixes.contains(where: { FilePath.name(of: folder) == stateName + $0 }) { return stateFolder(of: folder) }
        guard ([".lock", ".socket"] + folderSuffixes).contains(where: { name == stateName + $0 }) else { return nil }
        return unsafe access(folder + "/" + stateName + ".lock", F_OK) == 0 ? folder : nil
    }

    /// Checks that a backup can replace a file: an SQLite database, or an empty file.
    ///
    /// - Parameter isPartial: whether the remains of a killed backup can be replaced too. SQLite writes the first page last.
    static func checkIsBackup(_ path: String, orBeginningOfOne isPartial: Bool) throws(StorageError) {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_size > 0, !isDatabase(path),
            !(isPartial && header(of: path)?.allSatisfy { $0 == 0 } == true)
        else { return }
        throw .unavailable("“\(path)” is not a backup, and is not replaced: give another name")
    }

    /// Checks that a storage can be at a path, before anything is made beside it.
    package static func checkIsPlace(_ path: String) throws(StorageError) {
        guard FilePath.isNameOfFile(path) else { throw .unavailable("“\(path)” is not the name of a file") }
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return
        case S_IFDIR: throw .unavailable("it is a folder: give the name of a file in it")
        default: throw .unavailable("it is not a file, but a device, a pipe or a socket")
        }
    }

    /// Checks that a file is a database or empty, before anything is made beside it.
    static func checkIsDatabase(_ path: String) throws(StorageError) {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_size > 0, SystemError.obstacle(to: .reading, path) == nil,
            !isDatabase(path)
        else { return }
        throw .unavailable("it is not an SQLite file (file is not a database)")
    }

    /// Whether the file's header says so (the file format of SQLite, section 1.3.1).
    private static func isDatabase(_ path: String) -> Bool { header(of: path) == Data("SQLite format 3\0".utf8) }

    /// The first 16 octets; `nil` if the file cannot be read.
    private static func header(of path: String) -> Data? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        return try? file.read(upToCount: 16)
    }
}
