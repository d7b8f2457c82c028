import DNS
import Delegates
import TestSupport

extension DelegateStorage {
    @discardableResult
    func commit(_ change: Change, at time: Timestamp) async throws -> MadeChange {
        try await commit(change, by: Actor(.server, from: nil), at: time)
    }

    func enrol(_ credential: Credential, at time: Timestamp) async throws -> ChangeSequence {
        try await commit(.enrol(with: credential), at: time).entry.sequence
    }

    func publish(_ value: ChallengeValue, at delegate: DomainName, at time: Timestamp) async throws -> ChangeSequence {
        try await commit(.publish(value, delegate: delegate), at: time).entry.sequence
    }
}
