import Crypto
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

/// An event at its place in the log.
package struct AuditEntry: Hashable, Sendable {
    /// One more than that of the entry before.
    package var number: UInt64
    package var event: AuditEvent
    package var digest: AuditDigest

    package init(number: UInt64, event: AuditEvent, digest: AuditDigest) {
        self.number = number
        self.event = event
        self.digest = digest
    }
}

/// What ties an entry to all entries before it: the SHA-256 of the one before and of the entry itself. Who changes, adds or takes away an
/// entry would have to make all later ones anew, and they would then end in another digest than the one that somebody has noted.
package struct AuditDigest: Hashable, Sendable, CustomStringConvertible {
    package let octets: [UInt8]

    /// In front of the first entry.
    package static let origin = AuditDigest(octets: Array(repeating: 0, count: length))
    package static let length = SHA256.byteCount

    package init(octets: [UInt8]) {
        self.octets = octets
    }

    package init(of event: AuditEvent, number: UInt64, after previous: AuditDigest) {
        var hash = SHA256()
        hash.update(data: previous.octets)
        Self.update(&hash, number)
        Self.update(&hash, UInt64(bitPattern: event.time.secondsSinceEpoch))
        // Each text behind its length, so that none can pass for the end of one and the beginning of the next.
        for text in [
            event.kind.rawValue, event.actor, event.address ?? "", event.delegate?.lowercased.description ?? "",
            event.detail ?? "",
        ] {
            Self.update(&hash, UInt64(text.utf8.count))
            hash.update(data: Array(text.utf8))
        }
        octets = Array(hash.finalize())
    }

    private static func update(_ hash: inout SHA256, _ number: UInt64) {
        hash.update(data: (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) })
    }

    package var description: String {
        octets.map { octet in (octet < 16 ? "0" : "") + String(octet, radix: 16) }.joined()
    }
}

/// How much of a client's address the audit log keeps.
package enum AuditedAddresses: String, CaseIterable, Sendable {
    case full
    /// IPv4 /24, IPv6 /48.
    case network
    case none

    package func text(of address: IPAddress?) -> String? {
        guard let address else { return nil }
        switch self {
        case .full: return address.description
        case .network: return IPNetwork(partyOf: address).description
        case .none: return nil
        }
    }
}

extension Actor {
    /// For the audit log.
    package var auditText: String {
        switch kind {
        case .visitor: "visitor"
        case .token(let label): "token \(label)"
        case .operator: "operator"
        case .server: "server"
        case .credential(let username): "key \(username)"
        }
    }
}

extension Change {
    /// What the audit log has to say of the change; nothing where it changes nothing.
    ///
    /// - Parameters:
    ///   - target: the credential that changes, where the change names only its id.
    ///   - ending: those of the owner as they were before, where the change puts an end to them.
    package func events(
        by actor: Actor, at time: Timestamp, target: Credential?, ending: [Credential], addresses: AuditedAddresses
    ) -> [AuditEvent] {
        guard let event = event(by: actor, at: time, target: target, addresses: addresses) else { return [] }
        guard case .rotate(_, let end, let maximum) = self else { return [event] }
        return [event]
            + Self.ends(of: ending, at: end, now: time, maximum: maximum).map { credential, end in
                AuditEvent(
                    end == nil ? .keyEnded : .keyChanged, at: time, by: actor.auditText,
                    from: addresses.text(of: actor.address), delegate: credential.delegate,
                    detail: credential.detail
                        + (end.map { ", ends in \($0.secondsSinceEpoch - time.secondsSinceEpoch) s" } ?? ""))
            }
    }

    private func event(
        by actor: Actor, at time: Timestamp, target: Credential?, addresses: AuditedAddresses
    ) -> AuditEvent? {
        func event(_ kind: AuditEvent.Kind, _ delegate: DomainName?, _ detail: String? = nil) -> AuditEvent {
            AuditEvent(
                kind, at: time, by: actor.auditText, from: addresses.text(of: actor.address), delegate: delegate,
                detail: detail)
        }
        switch self {
        case .enrol(let new):
            return event(new.imported == nil ? .enrolled : .imported, new.name, new.credential?.username.description)
        case .publish(_, let name): return event(.published, name)
        case .withdraw(let name): return event(.withdrawn, name)
        case .disable(let name): return event(.disabled, name)
        case .enable(let name): return event(.enabled, name)
        case .delete(let name): return event(.deleted, name)
        case .expire(let name, _): return event(.expired, name)
        case .addCredential(let credential, _), .claim(let credential), .rotate(let credential, _, _):
            return event(.keyMade, credential.delegate, credential.detail)
        case .revokeCredential(let username):
            return event(.keyEnded, target?.delegate, target?.detail ?? username.description)
        case .editCredential(let username, _):
            return event(.keyChanged, target?.delegate, target?.detail ?? username.description)
        case .makeGroup(let label): return event(.groupMade, nil, "\(label)")
        case .deleteGroup(let label): return event(.groupDeleted, nil, "\(label)")
        case .addMember(let name, let group): return event(.memberAdded, name, "\(group)")
        case .removeMember(let name, let group): return event(.memberRemoved, name, "\(group)")
        case .makeToken(let token): return event(.tokenMade, nil, "\(token.label)")
        case .revokeToken(let label): return event(.tokenRevoked, nil, "\(label)")
        case .note(let kind, let name, let detail): return event(kind, name, detail)
        case .keepDigest, .keepSerials, .ageValues, .forgetAudit, .probe: return nil
        }
    }
}

extension Credential {
    /// Which one it is, for the audit log.
    fileprivate var detail: String {
        switch scope {
        case .delegate: username.description
        case .group(let label): "\(username) of group \(label)"
        }
    }
}
