import ArgumentParser
import Glibc
import Synchronization
import SystemErrors

/// Standard output. A full disk, a pipe without a reader and a closed output are errors: the output may be the only copy of a key.
enum StandardOutput {
    private static let state = Mutex(State())

    private struct State {
        var waiting: [UInt8] = []
        /// Why the output cannot be written; nothing is written after that.
        var problem: String?
        var isTold = false
    }

    /// The number of octets that are written at a time.
    private static let portion = 32_768

    /// Keeps other files from getting the numbers of standard input, output and error if one of them is closed.
    static func reserveDescriptors() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // The descriptor is for reading: writing to it still fails.
            _ = unsafe open("/dev/null", O_RDONLY)
        }
    }

    /// - Throws: ``Failure`` if it is closed, before a request whose result only standard output would show.
    static func checkIsOpen() throws(Failure) {
        let flags = fcntl(STDOUT_FILENO, F_GETFL)
        guard flags < 0 || flags & O_ACCMODE == O_RDONLY else { return }
        throw failure("it is closed")
    }

    static func write(_ text: String) throws(Failure) {
        let isMuch = state.withLock { state in
            state.waiting += text.utf8
            return state.waiting.count >= portion || state.problem != nil
        }
        if isMuch { try flush() }
    }

    /// - Throws: ``Failure``, once, if not all of the output has arrived.
    static func flush() throws(Failure) {
        let problem: String? = state.withLock { state in
            writeWaiting(&state)
            guard !state.isTold else { return nil }
            state.isTold = state.problem != nil
            return state.problem
        }
        if let problem { throw failure(problem) }
    }

    /// Flushes for callers that cannot throw: ``flush()`` reports the problem at the end.
    static func flushBeforeError() {
        state.withLock { writeWaiting(&$0) }
    }

    private static func writeWaiting(_ state: inout State) {
        var rest = state.waiting[...]
        while !rest.isEmpty, state.problem == nil {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                // Another program made the terminal non-blocking.
                var ready = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
                _ = unsafe poll(&ready, 1, -1)
            } else if errno != EINTR {
                state.problem = errno == EBADF ? "it is closed" : SystemError.last
            }
        }
        state.waiting = []
    }

    private static func failure(_ reason: String) -> Failure {
        Failure(message: "standard output cannot be written: \(reason)", exitCode: .failure)
    }
}

/// Prints a text for scripts.
///
/// - Parameter terminator: written as it is; in the text, ``TerminalText`` escapes control characters.
/// - Throws: ``Failure`` if standard output cannot be written. What was printed may be written later, at the end at the latest.
func printToStandardOutput(_ text: String, terminator: String = "\n") throws(Failure) {
    try StandardOutput.write(TerminalText.escaped(text) + terminator)
}
