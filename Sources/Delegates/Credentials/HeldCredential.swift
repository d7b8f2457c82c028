package import DNS

/// A credential as memory holds it: what decides whether a request is accepted. The storage has the rest.
package struct HeldCredential: Hashable, Sendable {
    package var username: UniqueID
    package var check: KeyCheck
    package var scope: Credential.Scope
    package var allowedNetworks: AllowedNetworks
    /// The moment from which it is no longer accepted; `nil` if it does not expire.
    package var expires: Timestamp?
    /// Whether its delegate is disabled: the credential is not accepted until the delegate is enabled again.
    package var isDisabled: Bool

    package init(
        username: UniqueID, check: KeyCheck, scope: Credential.Scope, allowedNetworks: AllowedNetworks = .all,
        expires: Timestamp? = nil, isDisabled: Bool = false
    ) {
        self.username = username
        self.check = check
        self.scope = scope
        self.allowedNetworks = allowedNetworks
        self.expires = expires
        self.isDisabled = isDisabled
    }

    package init(_ credential: Credential) {
        self.init(
            username: credential.username, check: credential.check, scope: credential.scope,
            allowedNetworks: credential.allowedNetworks, expires: credential.expires, isDisabled: credential.isDisabled)
    }

    func hasExpired(at now: Timestamp) -> Bool {
        expires.map { $0 <= now } ?? false
    }

    /// The delegate that it belongs to; `nil` if it is a group's.
    package var delegate: DomainName? {
        guard case .delegate(let name) = scope else { return nil }
        return name
    }
}
