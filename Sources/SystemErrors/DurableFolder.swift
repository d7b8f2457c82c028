import Foundation
import Glibc

/// A folder in which files are written durably. What must survive a crash and a power cut is
/// written here and nowhere else; a restore puts whole databases in place, with their parts, by itself.
///
/// What ``write(_:to:)`` and ``put(_:as:)`` guarantee:
/// - **Whole or not at all.** The content is in a temporary file of the same folder, is made durable (`fsync`), and only then gets its
///   name (`rename`). A reader finds the former file or the new one, after a crash, too.
/// - **Durable on return.** The folder is made durable as well: the name survives a power cut. A file system that cannot do this for
///   folders (`EINVAL`) is trusted.
/// - **For the owner alone.** A file that is made here has mode 0600, unless everybody is to read it. As root, it gets the owner of the file
///   that it replaces.
/// - **No link is followed, and only a file is replaced.** The temporary file is new (`O_EXCL`). Where a link, a folder, a device, a pipe
///   or a socket has the name, nothing is written.
/// - **The former file stays after an error**, for example on a full disk, and the temporary file goes.
/// - **After a crash** a temporary file can remain, for its owner alone. Its name begins with ``temporaryPrefix``; see
///   ``removeRemains()``.
///
/// The folder is the one that was opened, whatever becomes of its name.
package final class DurableFolder: Sendable {
    /// The path with which the folder was opened, for messages.
    private let path: String
    package let descriptor: CInt

    /// What the names of temporary files begin with. A random number follows, so the length of a file's own name does not matter.
    package static let temporaryPrefix = ".nuncio-"

    /// A file or a folder could not be written.
    package struct Failure: Error, Hashable, CustomStringConvertible {
        package let path: String
        fileprivate let what: String
        /// The system's words; `nil` if it was not asked.
        fileprivate var cause: String?
        /// Whether the new file has its name nevertheless, but may lose it in a power cut.
        package fileprivate(set) var isInPlace = false

        /// The problem, in words that follow the path.
        package var problem: String { cause.map { "\(what): \($0)" } ?? what }
        /// What hinders, without what could not be done.
        package var reason: String { cause ?? what }
        package var description: String { "“\(path)” \(problem)" }
    }

    /// Whether a file can take the place of another.
    package enum Existing: Sendable {
        case replace
        case refuse
    }

    /// The users that can read a file or a folder that is made. The process's mask has no say in it.
    package enum Readers: Sendable {
        case owner
        /// For files without secrets that a program of another user reads, such as a configuration.
        case everybody

        fileprivate var modeOfFile: mode_t { self == .owner ? 0o600 : 0o644 }
        fileprivate var modeOfFolder: mode_t { self == .owner ? 0o700 : 0o755 }
    }

    /// Opens a folder that exists. An empty path is the current folder.
    package init(at path: String) throws(Failure) {
        self.path = path
        descriptor = unsafe open(path.isEmpty ? "." : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(path: path, what: "cannot be opened", cause: SystemError.last) }
    }

    deinit { close(descriptor) }

    // MARK: Files

    /// Writes a file; returns when it is durable.
    ///
    /// - Parameter name: its name in this folder.
    /// - Throws: ``Failure``. Unless it says `isInPlace`, a file of that name is as it was.
    package func write(
        _ octets: [UInt8], to name: String, _ existing: Existing = .replace, readers: Readers = .owner
    ) throws(Failure) {
        let former = try status(of: name)
        guard existing == .replace || former == nil else { throw failure(name, "cannot be made", EEXIST) }
        let (file, temporary) = try makeTemporary(for: name)
        do throws(Failure) {
            defer { close(file) }
            // The owner of the former file can read the new one.
            if let former, geteuid() == 0 { _ = fchown(file, former.st_uid, former.st_gid) }
            try fill(file, with: octets, for: name)
            guard readers == .owner || fchmod(file, readers.modeOfFile) == 0, fsync(file) == 0 else {
                throw failure(name, "cannot be written")
            }
            try rename(temporary, to: name, existing)
        } catch {
            unsafe unlinkat(descriptor, temporary, 0)
            throw error
        }
        try synchronize(for: name)
    }

    /// Gives a complete file of this folder another name there, in the place of a file that has it; returns when all is durable.
    ///
    /// - Throws: ``Failure``. Unless it says `isInPlace`, both files are as they were.
    package func put(_ temporary: String, as name: String) throws(Failure) {
        _ = try status(of: name)
        let file = unsafe openat(descriptor, temporary, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard file >= 0 else { throw failure(temporary, "cannot be opened") }
        defer { close(file) }
        guard fsync(file) == 0 else { throw failure(temporary, "cannot be made durable") }
        try rename(temporary, to: name, .replace)
        try synchronize(for: name)
    }

    /// Removes a file, if it is there; returns when it is gone for good.
    ///
    /// - Throws: ``Failure``. The file may be there again after a power cut.
    package func remove(_ name: String) throws(Failure) {
        guard unsafe unlinkat(descriptor, name, 0) == 0 || errno == ENOENT else { throw failure(name, "cannot be removed") }
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw failure(name, "cannot be removed for good") }
    }

    /// Checks that a file could be written now: it makes one of another name, and removes it again.
    ///
    /// - Parameter count: the number of octets that need room.
    package func check(_ name: String, hasRoomFor count: Int) throws(Failure) {
        _ = try status(of: name)
        let (file, temporary) = try makeTemporary(for: name)
        defer {
            close(file)
            unsafe unlinkat(descriptor, temporary, 0)
        }
        try fill(file, with: [UInt8](repeating: 0, count: count), for: name)
    }

    /// Removes the temporary files that crashes have left. Only a process that uses the folder alone may call this.
    package func removeRemains() {
        // A file that stays is only untidy.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        where name.hasPrefix(Self.temporaryPrefix) { unsafe unlinkat(descriptor, name, 0) }
    }

    /// The status of the file that a new one replaces; `nil` if there is none.
    private func status(of name: String) throws(Failure) -> stat? {
        var status = stat()
        guard unsafe fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        if let obstacle = FilePath.obstacle(toReplacing: status) { throw Failure(path: path(of: name), what: obstacle) }
        return status
    }

    private func makeTemporary(for name: String) throws(Failure) -> (descriptor: CInt, name: String) {
        let temporary = Self.temporaryPrefix + String(UInt64.random(in: .min ... .max), radix: 16)
        let file = unsafe openat(descriptor, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure(name, "cannot be made") }
        return (file, temporary)
    }

    private func fill(_ file: CInt, with octets: [UInt8], for name: String) throws(Failure) {
        var rest = octets[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else { throw failure(name, "cannot be written") }
            rest = rest.dropFirst(max(count, 0))
        }
    }

    private func rename(_ temporary: String, to name: String, _ existing: Existing) throws(Failure) {
        if existing == .refuse {
            if unsafe linkat(descriptor, temporary, descriptor, name, 0) == 0 {
                unsafe unlinkat(descriptor, temporary, 0)
                return
            }
            // Some file systems have no second names for files. That this name is free has been checked.
            guard errno == EPERM || errno == EOPNOTSUPP else { throw failure(name, "cannot be made") }
        }
        guard unsafe renameat(descriptor, temporary, descriptor, name) == 0 else { throw failure(name, "cannot be made") }
    }

    /// Makes the names in this folder durable.
    private func synchronize(for name: String) throws(Failure) {
        guard fsync(descriptor) != 0, errno != EINVAL else { return }
        var failure = failure(name, "is there, but cannot be made durable")
        failure.isInPlace = true
        throw failure
    }

    /// - Parameter number: the system's error number.
    private func failure(_ name: String, _ what: String, _ number: CInt = errno) -> Failure {
        Failure(path: path(of: name), what: what, cause: SystemError.text(number))
    }

    private func path(of name: String) -> String { path.isEmpty || path.hasSuffix("/") ? path + name : path + "/" + name }

    // MARK: Folders

    /// Makes a folder, and those that lead to it, unless they exist; they are durable on return.
    package static func make(at path: String, readers: Readers = .owner) throws(Failure) {
        let parent = FilePath.folder(of: path)
        if unsafe mkdir(path, 0o700) == 0 {
            guard unsafe readers == .owner || chmod(path, readers.modeOfFolder) == 0 else {
                throw Failure(path: path, what: "cannot be made", cause: SystemError.last)
            }
            return try synchronize(parent, for: path)
        }
        let number = errno
        if number == EEXIST, isFolder(path) { return }
        guard number == ENOENT, !isFolder(parent) else {
            throw Failure(path: path, what: "cannot be made", cause: SystemError.text(number))
        }
        try make(at: parent, readers: readers)
        try make(at: path, readers: readers)
    }

    private static func synchronize(_ parent: String, for path: String) throws(Failure) {
        // A folder that this process cannot list cannot be opened either; that is no reason to do without the new one.
        guard let folder = try? DurableFolder(at: parent) else { return }
        try folder.synchronize(for: FilePath.name(of: path))
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
