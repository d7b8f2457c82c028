import Synchronization

/// What somebody waits for: given by the work itself or by its deadline, whichever comes first.
final class Answer<Value: Sendable>: Sendable {
    private let continuation: Mutex<CheckedContinuation<Value, Never>?>

    /// Waits for the first value that is given. `start` hands the answer to all who may give one; at least one of them has to.
    static func awaited(_ start: (Answer) -> Void) async -> Value {
        await withCheckedContinuation { start(Answer($0)) }
    }

    private init(_ continuation: CheckedContinuation<Value, Never>) {
        self.continuation = Mutex(continuation)
    }

    /// Gives the value, unless there was one before.
    func give(_ value: Value) {
        let continuation = continuation.withLock { $0.take() }
        continuation?.resume(returning: value)
    }

    /// Whether no value was given yet.
    var isAwaited: Bool { continuation.withLock { $0 != nil } }
}
