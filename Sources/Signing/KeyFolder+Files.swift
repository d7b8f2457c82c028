package import DNS
import Foundation
import SystemErrors

/// Files that others can neither put in place nor read.
extension KeyFolder {
    /// Whether a folder has a zone's state or one of its keys. A folder that cannot be listed has none.
    package static func hasFiles(of apex: DomainName, in folder: String) -> Bool {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.contains { isFile($0, of: apex) }
    }

    /// Whether a name is that of a zone's state or of one of its keys.
    static func isFile(_ name: String, of apex: DomainName) -> Bool {
        let zone = KeyFile.zoneName(apex)
        return (name == zone + "state" || name.hasPrefix("K\(zone)+")) && !name.hasSuffix(retiredSuffix)
    }

    /// The names of a folder's files, sorted. It throws if the folder cannot be listed, because that does not mean that it is empty.
    static func names(in folder: String) throws(Failure) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            throw .system(.list, folder, error)
        }
    }

    /// - Returns: `nil` if there is no such file.
    func read(_ file: String, isSecret: Bool) throws(Failure) -> Data? {
        // A process that can write in the folder could make a link to anything that this process may read.
        let descriptor = unsafe open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .system(.open, file)
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .notRegularFile(path: file)
        }
        try checkOwner(of: status, .file(path: file))
        // systemd keeps others out of the folder of credentials.
        if isSecret, makesKeys, status.st_mode & 0o077 != 0 { throw .readableByOthers(path: file) }
        do {
            return try handle.readToEnd() ?? Data()
        } catch {
            throw .system(.read, file, error)
        }
    }
}
