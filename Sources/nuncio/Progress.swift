import Foundation
import Glibc

/// A progress bar in one line of standard error, which is overwritten; silent if standard error is not a terminal.
struct Progress {
    var total: Int
    private let what: String
    private let isTerminal: Bool
    private let began = ContinuousClock.now
    private var lastShown: ContinuousClock.Instant?

    private static let width = 30
    private static let period = Duration.milliseconds(200)

    /// - Parameter what: the things that are counted.
    init(total: Int, of what: String) {
        self.total = total
        self.what = what
        isTerminal = isatty(STDERR_FILENO) == 1
    }

    mutating func show(_ count: Int) {
        let now = ContinuousClock.now
        guard isTerminal, total > 0, now - (lastShown ?? began) >= Self.period else { return }
        lastShown = now
        let part = min(1, Double(count) / Double(total))
        let filled = Int(part * Double(Self.width))
        let bar = String(repeating: "#", count: filled) + String(repeating: "·", count: Self.width - filled)
        let rest = part > 0 ? Int((began.duration(to: now) / .seconds(1)) * (1 - part) / part) : 0
        write("\r[\(bar)] \(Int(part * 100)) %  \(count) of \(total) \(what), \(rest) s left \u{1B}[K")
    }

    /// Removes the line.
    mutating func end() {
        if lastShown != nil { write("\r\u{1B}[K") }
        lastShown = nil
    }

    private func write(_ text: String) {
        // A failed write does no harm.
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}

/// A progress bar for callbacks.
final class SharedProgress {
    private var progress: Progress

    /// - Parameter what: the things that are counted.
    init(of what: String) {
        progress = Progress(total: 0, of: what)
    }

    func show(_ count: Int, of total: Int) {
        progress.total = total
        progress.show(count)
    }

    func end() { progress.end() }
}
