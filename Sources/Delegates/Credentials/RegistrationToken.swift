import Crypto

/// A token for enrolling delegates over the API, as the storage keeps it.
package struct RegistrationToken: Hashable, Sendable {
    /// Never given to another token.
    package var label: OperatorLabel
    package var digest: KeyDigest
    package var created: Timestamp
    /// The moment from which it is no longer accepted; `nil` if it does not expire.
    package var expires: Timestamp?
    /// When the operator revoked it; `nil` if it is not revoked.
    package var revoked: Timestamp?
    /// The number of delegates that the token may enrol; `nil` means no limit.
    package var quota: Int?
    /// The number of delegates that it has enrolled.
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

    /// Whether the token is valid, apart from its quota.
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
