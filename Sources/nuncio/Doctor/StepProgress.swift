import Foundation
import Glibc
import Synchronization

/// The step that is under way, in one line of standard error, which is overwritten; silent if standard error is not a terminal.
final class StepProgress: Sendable {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let hasShown = Mutex(false)

    func show(_ step: String) {
        guard isTerminal else { return }
        hasShown.withLock { $0 = true }
        write("\r\(TerminalText.escaped(step)) … \u{1B}[K")
    }

    /// Removes the line.
    func end() {
        if hasShown.withLock({ $0 }) { write("\r\u{1B}[K") }
    }

    private func write(_ text: String) {
        // A failed write does no harm.
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}
