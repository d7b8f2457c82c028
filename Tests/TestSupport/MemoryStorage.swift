package import DNS
package import Delegates
import Synchronization

/// A storage that forgets, for tests of the rules; it can be told to fail.
package final class MemoryStorage: DelegateStorage {
    private let state = Mutex(State())

    private struct State {
        var sequence: UInt64 = 0
        var delegates: [DomainName: [ChallengeValue: (ChangeSequence, Timestamp)]] = [:]
        var credentials: [UniqueID: Credential] = [:]
        var failure: StorageError?
    }

    package init() {}

    /// Makes every call fail until it is set to nothing again.
    package func fail(with error: StorageError?) {
        state.withLock { $0.failure = error }
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

    package func enrol(_ credential: Credential, at time: Timestamp) async throws(StorageError) -> ChangeSequence {
        try use { state throws(StorageError) in
            guard state.delegates[credential.delegate] == nil else { throw .nameTaken }
            state.delegates[credential.delegate] = [:]
            state.credentials[credential.username] = credential
            state.sequence += 1
            return ChangeSequence(state.sequence)
        }
    }

    package func publish(
        _ value: ChallengeValue, at delegate: DomainName, at time: Timestamp
    ) async throws(StorageError) -> ChangeSequence {
        try use { state throws(StorageError) in
            guard state.delegates[delegate] != nil else { throw .noSuchDelegate }
            state.sequence += 1
            let sequence = ChangeSequence(state.sequence)
            state.delegates[delegate]?[value] = (sequence, time)
            return sequence
        }
    }

    package func credential(of username: UniqueID) async throws(StorageError) -> Credential? {
        try use { $0.credentials[username] }
    }

    package func checkHealth() async throws(StorageError) {
        try use { _ in }
    }
}
