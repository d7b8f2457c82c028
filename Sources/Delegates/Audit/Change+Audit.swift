import DNS

extension Actor {
    /// The actor as the audit log names it.
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
    /// The change's events for the audit log; empty if the log does not record it.
    ///
    /// - Parameters:
    ///   - target: the credential that changes, where the change names only its id.
    ///   - ending: the credentials that the change ends.
    ///   - declaration: the declared domain that the change is about, as it was before.
    func events(
        by actor: Actor, at time: Timestamp, target: Credential?, ending: [Rotation.Ending], declaration: DomainRecord?,
        addresses: AuditedAddresses
    ) -> [AuditEvent] {
        let source = EventSource(actor: actor, time: time, addresses: addresses)
        guard let event = event(from: source, target: target, declaration: declaration) else { return [] }
        return [event]
            + ending.map { credential, end in
                source.event(
                    end == nil ? .keyEnded : .keyChanged, credential.delegate,
                    credential.detail
                        + (end.map { ", ends in \($0.secondsSinceEpoch - time.secondsSinceEpoch) s" } ?? ""))
            }
            + domainsOfNewHolder.map { source.event(.domainAdded, delegate, "\($0)") }
    }

    /// The domains that come with a registration.
    private var domainsOfNewHolder: [DeclaredDomain] {
        switch self {
        case .enrol(let new): new.domains
        case .claim(_, let domains): domains
        case .publish, .withdraw, .disable, .enable, .delete, .expire, .addCredential, .rotate, .revokeCredential,
            .editCredential, .keepDigest, .declareDomain, .removeDomain, .recordCheck, .makeGroup, .deleteGroup, .addMember,
            .removeMember, .makeToken, .revokeToken, .keepSerials, .ageValues, .forgetAudit, .note, .probe:
            []
        }
    }

    private func event(from source: EventSource, target: Credential?, declaration: DomainRecord?) -> AuditEvent? {
        func event(_ kind: AuditEvent.Kind, _ delegate: DomainName?, _ detail: String? = nil) -> AuditEvent {
            source.event(kind, delegate, detail)
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
        case .addCredential(let credential, _), .claim(let credential, _), .rotate(let credential, _, _):
            return event(.keyMade, credential.delegate, credential.detail)
        case .revokeCredential(let username):
            return event(.keyEnded, target?.delegate, target?.detail ?? username.description)
        case .editCredential(let username, _):
            return event(.keyChanged, target?.delegate, target?.detail ?? username.description)
        case .declareDomain(let domain, let name): return declaration == nil ? event(.domainAdded, name, "\(domain)") : nil
        case .removeDomain(let domain, let name): return event(.domainRemoved, name, "\(domain)")
        case .recordCheck(let check, _, let name):
            return declaration?.news(of: check).map { event(.domainVerdict, name, $0) }
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

/// The party and the moment of a change, which all of its events have.
private struct EventSource {
    let actor: Actor
    let time: Timestamp
    let addresses: AuditedAddresses

    func event(_ kind: AuditEvent.Kind, _ delegate: DomainName?, _ detail: String?) -> AuditEvent {
        AuditEvent(
            kind, at: time, by: actor.auditText, from: addresses.text(of: actor.address), delegate: delegate, detail: detail)
    }
}

extension Credential {
    /// The credential as the audit log names it.
    fileprivate var detail: String {
        switch scope {
        case .delegate: username.description
        case .group(let label): "\(username) of group \(label)"
        }
    }
}
