import Crypto

/// What the storage keeps of a token with which delegates can be enrolled over the API.
package struct RegistrationToken: Hashable, Sendable {
    /// Never given to another token.
    package var label: OperatorLabel
    package var digest: KeyDigest
    package var created: Timestamp
    /// From then on it is not taken any more; nothing if that never comes.
    package var expires: Timestamp?
    /// When the operator took it back.
    package var revoked: Timestamp?
    /// So many delegates can be enrolled with it; nothing for no end.
    package var quota: Int?
    /// So many were.
    package var used: Int

    package init(
        label: OperatorLabel, digest: KeyDigest, created: Timestamp, expires: Timestamp? = nil, revoked: Timestamp? = nil,
        quota: Int? = nil, used: Int = 0
    ) {
        self.label = label
        self.digest = digest
        self.created = created
        self.expires = expires
        self.revoked = revoked
        self.quota = quota
        self.used = used
    }

    /// Whether it is taken, apart from its quota.
    package func isGood(at now: Timestamp) -> Bool {
        revoked == nil && expires.map { now < $0 } ?? true
    }

    package var isUsedUp: Bool { quota.map { used >= $0 } ?? false }

    package enum State: String, CaseIterable, Sendable {
        case good
        case usedUp = "used_up"
        case expired
        case revoked
    }

    package func state(at now: Timestamp) -> State {
        if revoked != nil { return .revoked }
        if !isGood(at: now) { return .expired }
        return isUsedUp ? .usedUp : .good
    }
}
