package import DNS

/// What the storage keeps of a credential.
package struct Credential: Hashable, Sendable {
    package var username: UniqueID
    package var check: KeyCheck
    package var scope: Scope
    /// What its holder calls it; at most ``maximumLabelLength`` characters.
    package var label: String
    package var allowedNetworks: AllowedNetworks
    package var created: Timestamp
    /// From then on it is not taken any more; nothing if that never comes.
    package var expires: Timestamp?
    /// When and from where something was last changed with it.
    package var lastUse: Use?
    /// Its delegate is disabled, and so it is not taken until that is enabled again.
    package var isDisabled: Bool

    package struct Use: Hashable, Sendable {
        /// To the ``precision``: it is not written again for each of many uses from the same address.
        package var time: Timestamp
        /// As the audit log keeps addresses.
        package var address: String?

        package static let precision = Duration.seconds(60)

        /// Whether it does not have to be written down again for a use that is like this one.
        package func stands(for use: Use) -> Bool {
            address == use.address && time <= use.time && use.time <= time.advanced(by: Self.precision)
        }

        package init(time: Timestamp, address: String?) {
            self.time = time
            self.address = address
        }
    }

    package static let maximumLabelLength = 64

    /// For what it is good.
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

    /// The delegate of whose holder it is; nothing if it is a group's.
    package var delegate: DomainName? {
        guard case .delegate(let name) = scope else { return nil }
        return name
    }

    /// The group whose it is; `nil` if it is a delegate's.
    package var group: OperatorLabel? {
        guard case .group(let label) = scope else { return nil }
        return label
    }
}
