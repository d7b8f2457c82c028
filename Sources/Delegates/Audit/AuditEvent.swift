package import DNS

/// Something that happened and matters for security. It has no value and no key in it.
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
        /// Nothing was ever published at the delegate: it ended by itself.
        case expired
        /// It came from another server.
        case imported
        case groupMade = "group_made"
        case groupDeleted = "group_deleted"
        case memberAdded = "member_added"
        case memberRemoved = "member_removed"
        case tokenMade = "token_made"
        case tokenRevoked = "token_revoked"
        /// The storage was replaced by an older state of itself.
        case restored
        /// A credential was not taken.
        case refused
        case configurationReloaded = "configuration_reloaded"
        /// Keys that sign a zone are being changed; the zone and the stage.
        case signingKeysChanged = "signing_keys_changed"
        /// The oldest entries of the log went, up to the one whose number is told.
        case shortened = "audit_shortened"
    }

    package var kind: Kind
    package var time: Timestamp
    /// `visitor`, `operator`, `server`, `key` and the id of a credential, or `token` and the label of one.
    package var actor: String
    /// As the log keeps addresses; nothing if it keeps none, or there was none.
    package var address: String?
    package var delegate: DomainName?
    /// The id of the credential that was made, changed or ended; the label of a group or token; the network that is new; why something was
    /// refused.
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
