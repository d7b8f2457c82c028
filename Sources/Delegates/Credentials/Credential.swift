package import DNS

/// A credential as the storage keeps it.
package struct Credential: Hashable, Sendable {
    package var username: UniqueID
    package var check: KeyCheck
    package var scope: Scope
    /// The holder's name for it; at most ``maximumLabelLength`` characters.
    package var label: String
    package var allowedNetworks: AllowedNetworks
    package var created: Timestamp
    /// The moment from which it is no longer accepted; `nil` if it does not expire.
    package var expires: Timestamp?
    /// When and from where it last changed something.
    package var lastUse: Use?
    /// Whether its delegate is disabled: the credential is not accepted until the delegate is enabled again.
    package var isDisabled: Bool

    package struct Use: Hashable, Sendable {
        /// Exact to ``precision``: it is not written again for each of many uses from the same address.
        package var time: Timestamp
        /// The address as the audit log keeps it.
        package var address: String?

        package static let precision = Duration.seconds(60)

        /// Whether this use is so close to another that it need not be written again.
        package func stands(for use: Use) -> Bool {
            address == use.address && time <= use.time && use.time <= time.advanced(by: Self.precision)
        }

        package init(time: Timestamp, address: String?) {
            self.time = time
            self.address = address
        }
    }

    package static let maximumLabelLength = 64

    /// What a credential is good for.
    ///
    /// A group is an owner of credentials beside delegates, not a delegate of its own. Its key only publishes, so nothing of the
    /// holder's API needs a special case: it is refused there.
    package enum Scope: Hashable, Sendable {
        /// Everything that a holder can do with one delegate.
        case delegate(DomainName)
        /// Publishing at any of a group's delegates, and nothing else.
        case group(OperatorLabel)
    }

    package init(
        username: UniqueID, check: KeyCheck, scope: Scope, label: String = "", allowedNetworks: AllowedNetworks,
        created: Timestamp, expires: Timestamp? = nil, lastUse: Use? = nil, isDisabled: Bool = false
    ) {
        self.username = username
        self.check = check
        self.scope = scope
        self.label = label
        self.allowedNetworks = allowedNetworks
        self.created = created
        self.expires = expires
        self.lastUse = lastUse
        self.isDisabled = isDisabled
    }

    package func hasExpired(at now: Timestamp) -> Bool {
        expires.map { $0 <= now } ?? false
    }

    /// The delegate that it belongs to; `nil` if it is a group's.
    package var delegate: DomainName? {
        guard case .delegate(let name) = scope else { return nil }
        return name
    }

    /// The group that it belongs to; `nil` if it is a delegate's.
    package var group: OperatorLabel? {
        guard case .group(let label) = scope else { return nil }
        return label
    }
}
