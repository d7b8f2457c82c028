import ArgumentParser
import Delegates
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

/// A file for its owner alone, which is written as a ``DurableFolder`` writes. A file that it replaces stays as it was until then.
struct NewFile {
    let path: String
    private let folder: DurableFolder
    private let name: String

    /// The number of octets that are written as a test. No credential is longer.
    private static let room = 16_384

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
        do {
            folder = try DurableFolder(at: parts.count == 1 ? "." : parts.dropLast().joined(separator: "/") + "/")
        } catch {
            throw Self.problem(path, "has no usable folder: \(error.reason)")
        }
        if let obstacle = FilePath.obstacle(toReplacing: path) { throw Self.problem(path, obstacle) }
        do throws(StorageError) {
            try OwnFiles.checkIsFree(path, of: nil)
            try OwnFiles.check(path, isNoneOf: read)
        } catch {
            throw Failure(message: error.description, exitCode: .refused)
        }
        try attempt { file throws(DurableFolder.Failure) in try file.folder.check(file.name, hasRoomFor: Self.room) }
    }

    func write(_ text: String) throws(Failure) {
        try attempt { file throws(DurableFolder.Failure) in try file.folder.write(Array(text.utf8), to: file.name) }
    }

    private func attempt(_ body: (NewFile) throws(DurableFolder.Failure) -> Void) throws(Failure) {
        do {
            try body(self)
        } catch {
            throw Self.problem(path, error.problem)
        }
    }

    private static func problem(_ path: String, _ reason: String) -> Failure {
        Failure(message: "“\(path)” \(reason)", exitCode: .refused)
    }
}
