import ArgumentParser
import Daemon
import Foundation

/// Exit codes apart from 0 and ArgumentParser's 64 (wrong command line); listed in `nuncio --help`.
extension ExitCode {
    static let configurationProblem = ExitCode(2)
    static let cannotListen = ExitCode(3)
    static let cannotOpenStorage = ExitCode(4)
    static let refused = ExitCode(5)
    static let unreachable = ExitCode(6)
    static let notedEntryGone = ExitCode(7)
    static let setupIncomplete = ExitCode(8)
}

/// A message for the person at the terminal, and the exit code with which the command ends after it.
struct Failure: Error {
    var message: String
    var exitCode: ExitCode

    /// Prints the message and returns the exit code to throw.
    func reported() -> ExitCode {
        printToStandardError("nuncio: \(message)")
        return exitCode
    }
}

extension Failure {
    init(_ error: StartError) {
        switch error {
        case .storage, .state, .keys: self.init(message: error.description, exitCode: .cannotOpenStorage)
        case .listen, .givenSockets: self.init(message: error.description, exitCode: .cannotListen)
        case .certificate: self.init(message: error.description, exitCode: .configurationProblem)
        }
    }
}

/// Prints a text for people, after flushing standard output, which is for scripts.
func printToStandardError(_ text: String, terminator: String = "\n") {
    StandardOutput.flushBeforeError()
    // If it cannot be written, there is no place to say so.
    try? FileHandle.standardError.write(contentsOf: Data((TerminalText.escaped(text) + terminator).utf8))
}
