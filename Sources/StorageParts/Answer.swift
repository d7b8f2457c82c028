import Synchronization

/// A value to wait for: the work itself or its deadline gives it, whichever comes first.
package final class Answer<Value: Sendable>: Sendable {
    private let continuation: Mutex<CheckedContinuation<Value, Never>?>

    /// Waits for the first value that is given. `start` hands the answer to all that may give a value; at least one of them must.
    package static func awaited(_ start: (Answer) -> Void) async -> Value {
        await withCheckedContinuation { start(Answer($0)) }
    }

    private init(_ continuation: CheckedContinuation<Value, Never>) {
        self.continuation = Mutex(continuation)
    }

    /// Gives the value, unless one was given before.
    package func give(_ value: Value) {
        let continuation = continuation.withLock { $0.take() }
        continuation?.resume(returning: value)
    }

    /// Whether no value has been given yet.
    package var isAwaited: Bool { continuation.withLock { $0 != nil } }
}
