package import DNS

/// An event that matters for security. It contains no challenge value and no key.
package struct AuditEvent: Hashable, Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        case enrolled
        case keyMade = "key_made"
        case keyChanged = "key_changed"
        case keyEnded = "key_ended"
        /// A key was used from a network (IPv4 /24, IPv6 /48) for the first time.
        case usedFromNewNetwork = "used_from_new_network"
        case published
        case withdrawn
        case disabled
        case enabled
        case deleted
        /// Nothing was ever published at the delegate, so it ended by itself.
        case expired
        /// The delegate came from another server.
        case imported
        /// A domain was declared; the detail is the domain.
        case domainAdded = "domain_added"
        case domainRemoved = "domain_removed"
        /// The verdict on a domain is another than after the look before, or its CNAME leads elsewhere; the detail says both.
        case domainVerdict = "domain_verdict"
        case groupMade = "group_made"
        case groupDeleted = "group_deleted"
        case memberAdded = "member_added"
        case memberRemoved = "member_removed"
        case tokenMade = "token_made"
        case tokenRevoked = "token_revoked"
        /// The storage was replaced by an older state of itself.
        case restored
        /// A credential was not accepted.
        case refused
        case configurationReloaded = "configuration_reloaded"
        /// The keys that sign a zone are being changed; the detail is the zone and the stage.
        case signingKeysChanged = "signing_keys_changed"
        /// The oldest entries of the log were deleted, up to the number in the detail.
        case shortened = "audit_shortened"
    }

    package var kind: Kind
    package var time: Timestamp
    /// `visitor`, `operator`, `server`, `key` with the id of a credential, or `token` with its label.
    package var actor: String
    /// The address as the log keeps it; `nil` if it keeps none, or there was none.
    package var address: String?
    package var delegate: DomainName?
    /// The id of the credential that was made, changed or ended; the label of a group or token; the new network; the domain; the
    /// reason for a refusal.
    package var detail: String?

    package init(
        _ kind: Kind, at time: Timestamp, by actor: String, from address: String?, delegate: DomainName?, detail: String? = nil
    ) {
        self.kind = kind
        self.time = time
        self.actor = actor
        self.address = address
        self.delegate = delegate
        self.detail = detail
    }
}
