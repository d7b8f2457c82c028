import ArgumentParser
import Glibc
import SystemErrors

/// The file that setup writes: once, durably, and never over another one.
struct SetupFile {
    let path: String

    /// - Throws: ``Failure`` if the path cannot be that of a file.
    init(_ path: String) throws(Failure) {
        guard FilePath.isNameOfFile(path) else { throw Self.failure("“\(path)” is not the name of a file") }
        self.path = path
    }

    /// Whether something has the name, even a link without a target.
    var exists: Bool {
        FileStatus(ofLinkOrFileAt: path) != nil
    }

    private var folder: String { FilePath.folder(of: path) }

    /// Checks before the questions that the file could be made; folders that are missing are not made yet.
    func checkCanBeMade() throws(Failure) {
        var existing = folder
        while FileStatus(ofFileAt: existing) == nil, errno == ENOENT, existing != "/" {
            existing = FilePath.folder(of: existing)
        }
        guard FileStatus(ofFileAt: existing)?.isFolder == true else {
            throw Self.failure("“\(path)” cannot be made: “\(existing)” is not a folder")
        }
        if let obstacle = SystemError.obstacle(toFilesIn: existing) {
            throw Self.failure("“\(path)” cannot be made: \(obstacle)")
        }
    }

    /// Writes the file, for everybody to read: it holds no secret, and the server runs as another user than this one.
    func write(_ text: String) throws(Failure) {
        do {
            try DurableFolder.make(at: folder, readers: .everybody)
            try DurableFolder(at: folder).write(Array(text.utf8), to: FilePath.name(of: path), .refuse, readers: .everybody)
        } catch {
            throw Self.failure(error.description)
        }
    }

    private static func failure(_ message: String) -> Failure { Failure(message: message, exitCode: .refused) }
}
