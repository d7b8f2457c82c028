import ArgumentParser
import Delegates
import Foundation
import Glibc
import SQLiteStorage
import SystemErrors

/// The place for a credential that is shown once.
struct CredentialOutput: ParsableArguments {
    @Option(
        name: .customLong("output"),
        help: ArgumentHelp(
            "The file for it, with mode 0600: made or replaced, durably and atomically, when the answer arrives. Default: standard output.",
            valueName: "file"))
    var file: String?

    /// Checks that the credential can be kept there, before anything is requested.
    ///
    /// - Parameter read: the files that the command reads.
    func place(besides read: [String]) throws(Failure) -> CredentialPlace {
        guard let file else {
            try StandardOutput.checkIsOpen()
            return .standardOutput
        }
        return .file(try NewFile(path: file, besides: read))
    }
}

enum CredentialPlace {
    case standardOutput
    case file(NewFile)

    var isFile: Bool { path != nil }

    /// The path of the file; `nil` for standard output.
    var path: String? {
        switch self {
        case .standardOutput: nil
        case .file(let file): file.path
        }
    }

    /// - Parameter another: a sentence on how to get another one.
    /// - Throws: ``Failure`` if the text could not be kept. A text for a file is then printed, because it is shown nowhere else.
    func keep(_ text: String, another: String) throws(Failure) {
        switch self {
        case .standardOutput: try Self.give(text, another)
        case .file(let file):
            do {
                try file.write(text + "\n")
                printToStandardError("It is in “\(file.path)”, which only its owner can read.")
            } catch {
                do {
                    try Self.give(text, another)
                } catch let second {
                    throw Failure(message: "\(error.message); \(second.message)", exitCode: .failure)
                }
                throw Failure(
                    message:
                        "\(error.message). Its content is on standard output instead: keep it, it is shown nowhere else",
                    exitCode: .failure)
            }
        }
    }

    private static func give(_ text: String, _ another: String) throws(Failure) {
        do {
            try printToStandardOutput(text)
            try StandardOutput.flush()
        } catch {
            throw Failure(
                message: "\(error.message). What should be there was made, but is shown nowhere else. \(another)",
                exitCode: error.exitCode)
        }
    }
}

/// A file of mode 0600 that is written atomically. A file that it replaces stays as it was until then.
struct NewFile {
    let path: String
    private let folder: Folder
    private let name: String

    /// The number of octets that are written as a test. No credential is longer.
    private static let room = 16_384

    /// An open folder: files are made in it whatever becomes of its name.
    private final class Folder: Sendable {
        let descriptor: CInt

        init(descriptor: CInt) {
            self.descriptor = descriptor
        }

        deinit { close(descriptor) }
    }

    /// Checks that the file can be made: it makes a file of another name and removes it again.
    ///
    /// - Parameter read: the files that must stay.
    init(path: String, besides read: [String]) throws(Failure) {
        self.path = path
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        name = parts.last.map(String.init) ?? ""
        guard FilePath.isNameOfFile(path) else {
            throw Self.problem(path, "is not the name of a file")
        }
        let folderPath = parts.count == 1 ? "." : parts.dropLast().joined(separator: "/") + "/"
        let descriptor = unsafe open(folderPath, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.problem(path, "has no usable folder: \(SystemError.last)") }
        folder = Folder(descriptor: descriptor)
        _ = try replaced()
        do throws(StorageError) {
            try OwnFiles.checkIsFree(path, of: nil)
            try OwnFiles.check(path, isNoneOf: read)
        } catch {
            throw Failure(message: error.description, exitCode: .refused)
        }
        let (file, temporary) = try make()
        defer {
            close(file)
            unsafe unlinkat(folder.descriptor, temporary, 0)
        }
        try Self.write([UInt8](repeating: 0, count: Self.room), to: file, path)
    }

    func write(_ text: String) throws(Failure) {
        let replaced = try replaced()
        let (file, temporary) = try make()
        do throws(Failure) {
            defer { close(file) }
            // The owner of the replaced file can read the new one.
            if let replaced, geteuid() == 0 { _ = fchown(file, replaced.st_uid, replaced.st_gid) }
            try Self.write(Array(text.utf8), to: file, path)
            guard fsync(file) == 0, unsafe renameat(folder.descriptor, temporary, folder.descriptor, name) == 0 else {
                throw Self.problem(path, "cannot be made: \(SystemError.last)")
            }
        } catch {
            unsafe unlinkat(folder.descriptor, temporary, 0)
            throw error
        }
        // Some file systems cannot do this for folders; the file itself is durable.
        _ = fsync(folder.descriptor)
    }

    /// The status of the file that the new one replaces; `nil` if there is none.
    private func replaced() throws(Failure) -> stat? {
        var status = stat()
        guard unsafe fstatat(folder.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        if let obstacle = FilePath.obstacle(toReplacing: status) { throw Self.problem(path, obstacle) }
        return status
    }

    private func make() throws(Failure) -> (descriptor: CInt, name: String) {
        // The name of a file has at most 255 octets.
        let temporary = ".nuncio-\(UUID().uuidString)"
        let descriptor = unsafe openat(
            folder.descriptor, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.problem(path, "cannot be made: \(SystemError.last)") }
        return (descriptor, temporary)
    }

    private static func write(_ octets: [UInt8], to file: CInt, _ path: String) throws(Failure) {
        var rest = octets[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else { throw problem(path, "cannot be written: \(SystemError.last)") }
            rest = rest.dropFirst(max(count, 0))
        }
    }

    private static func problem(_ path: String, _ reason: String) -> Failure {
        Failure(message: "“\(path)” \(reason)", exitCode: .refused)
    }
}
