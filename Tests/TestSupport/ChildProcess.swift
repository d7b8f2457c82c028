import CChildProcess
package import Foundation
import Glibc
import Synchronization

/// A program that a test has started. It is killed when nobody holds it any more.
///
/// Foundation's `Process` reads beyond a buffer of directory entries when it looks for open files, and so crashes now and then
/// (swiftlang/swift-corelibs-foundation#5472, in Swift 6.3.1).
package final class ChildProcess: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    package let processID: Int32
    /// As `waitpid` told it, once it has: from then on the number may be another process's.
    private let status: Mutex<CInt?>

    /// Starts a program with nothing on standard input, and with no open file and no blocked signal of this process.
    ///
    /// - Parameters:
    ///   - environment: this process's own if there is none.
    ///   - output: the file for standard output, made anew; nothing throws it away.
    ///   - error: the same for standard error.
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
        // A program that was just copied is open for writing in each child that another test is starting, until that child has begun.
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

    /// Its exit code, or the negative number of the signal that ended it; nothing while it runs.
    package var exitCode: Int? {
        status.withLock { status in
            var now: CInt = 0
            if status == nil {
                switch waitpid(processID, &now, WNOHANG) {
                case processID: status = now
                case -1: status = -1  // Somebody else has waited for it.
                default: break
                }
            }
            // Seven bits of the signal; above the eighth, that of the core, the exit code.
            return status.map { $0 & 0x7F == 0 ? Int($0 >> 8 & 0xFF) : -Int($0 & 0x7F) }
        }
    }

    package var isRunning: Bool { exitCode == nil }

    /// Waits on this thread.
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
