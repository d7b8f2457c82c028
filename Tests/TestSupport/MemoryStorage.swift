package import DNS
package import Delegates
import Synchronization

/// A storage that forgets, for tests of the rules; it can be told to fail, before it makes a change or after.
package final class MemoryStorage: DelegateStorage {
    private let state = Mutex(State())

    private struct State {
        var sequence: UInt64 = 0
        var delegates: [DomainName: [ChallengeValue: (ChangeSequence, Timestamp)]] = [:]
        var credentials: [UniqueID: Credential] = [:]
        var failure: StorageError?
        var lateFailure: StorageError?
    }

    package init() {}

    /// Makes every call fail until it is set to nothing again.
    package func fail(with error: StorageError?) {
        state.withLock { $0.failure = error }
    }

    /// Makes every change be committed and yet fail, as one does that is waited for no longer.
    package func failAfterCommits(with error: StorageError?) {
        state.withLock { $0.lateFailure = error }
    }

    private func use<Value>(_ body: (inout State) throws(StorageError) -> Value) throws(StorageError) -> Value {
        try state.withLock { state throws(StorageError) in
            if let failure = state.failure { throw failure }
            return try body(&state)
        }
    }

    package func load(into table: DelegateTable, now: Timestamp) async throws(StorageError) {
        try use { state in
            for (name, values) in state.delegates {
                table.enrol(name, sequence: ChangeSequence(0))
                for (value, place) in values {
                    table.publish(value, at: name, sequence: place.0, published: min(place.1, now), now: now)
                }
            }
            table.advance(to: ChangeSequence(state.sequence))
        }
    }

    private func change(
        committed: (ChangeSequence) -> Void, _ body: (inout State, ChangeSequence) throws(StorageError) -> Void
    ) throws(StorageError) {
        let (sequence, lateFailure) = try use { state throws(StorageError) in
            let next = ChangeSequence(state.sequence + 1)
            try body(&state, next)
            state.sequence = next.number
            return (next, state.lateFailure)
        }
        committed(sequence)
        if let lateFailure { throw lateFailure }
    }

    package func enrol(
        _ credential: Credential, at time: Timestamp, committed: @escaping @Sendable (ChangeSequence) -> Void
    ) async throws(StorageError) {
        try change(committed: committed) { state, _ throws(StorageError) in
            guard state.delegates[credential.delegate] == nil else { throw .nameTaken }
            state.delegates[credential.delegate] = [:]
            state.credentials[credential.username] = credential
        }
    }

    package func publish(
        _ value: ChallengeValue, at delegate: DomainName, at time: Timestamp,
        committed: @escaping @Sendable (ChangeSequence) -> Void
    ) async throws(StorageError) {
        try change(committed: committed) { state, sequence throws(StorageError) in
            guard state.delegates[delegate] != nil else { throw .noSuchDelegate }
            state.delegates[delegate]?[value] = (sequence, time)
        }
    }

    package func credential(of username: UniqueID) async throws(StorageError) -> Credential? {
        try use { $0.credentials[username] }
    }

    package func checkHealth() async throws(StorageError) {
        try use { _ in }
    }
}
