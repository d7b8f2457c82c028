import CChildProcess
package import Foundation
import Glibc
import Synchronization

/// A program that a test has started. It is killed when the last reference to it goes.
///
/// Foundation's `Process` reads beyond a buffer of directory entries when it looks for open files, and crashes now and then
/// (swiftlang/swift-corelibs-foundation#5472, in Swift 6.3.1).
package final class ChildProcess: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    package let processID: Int32
    /// The status that `waitpid` returned, once it has: from then on the number may be another process's.
    private let status: Mutex<CInt?>

    /// Starts a program with an empty standard input, and without any open file or blocked signal of this process.
    ///
    /// - Parameters:
    ///   - environment: `nil` for this process's own.
    ///   - output: The file for standard output, overwritten if it exists; `nil` discards it.
    ///   - error: The same for standard error.
    /// - Throws: ``Failure``.
    package init(
        _ program: String, _ arguments: [String], in folder: URL, environment: [String: String]? = nil, output: URL? = nil,
        error: URL? = nil
    ) throws {
        let words = ([program] + arguments).map { strdup($0) }
        let variables = (environment ?? ProcessInfo.processInfo.environment).map { strdup("\($0)=\($1)") }
        defer { (words + variables).forEach { free($0) } }
        func start() -> CInt {
            child_start(
                program, words + [nil], variables + [nil], folder.path, output?.path ?? "/dev/null",
                error?.path ?? "/dev/null")
        }
        var outcome = start()
        // A program that was just copied is open for writing in each child that another test starts, until the child has begun.
        let deadline = ContinuousClock.now.advanced(by: .seconds(60))
        while outcome == -ETXTBSY, ContinuousClock.now < deadline {
            poll(nil, 0, 10)
            outcome = start()
        }
        guard outcome > 0 else { throw Failure(description: "\(program): \(String(cString: strerror(-outcome)))") }
        processID = outcome
        status = Mutex(nil)
    }

    deinit {
        signal(SIGKILL)
        _ = waitForExit()
    }

    /// The exit code, or the negative number of the signal that ended the program; `nil` while it runs.
    package var exitCode: Int? {
        status.withLock { status in
            var now: CInt = 0
            if status == nil {
                switch waitpid(processID, &now, WNOHANG) {
                case processID: status = now
                case -1: status = -1  // Something else has waited for it.
                default: break
                }
            }
            // The low seven bits are the signal, the eighth is the core's, and the exit code is above it.
            return status.map { $0 & 0x7F == 0 ? Int($0 >> 8 & 0xFF) : -Int($0 & 0x7F) }
        }
    }

    package var isRunning: Bool { exitCode == nil }

    /// Blocks this thread until the program ends.
    package func waitForExit() -> Int {
        while true {
            if let exitCode { return exitCode }
            poll(nil, 0, 10)
        }
    }

    package func signal(_ number: CInt) {
        status.withLock { if $0 == nil { kill(processID, number) } }
    }
}
