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
    func events(
        by actor: Actor, at time: Timestamp, target: Credential?, ending: [Rotation.Ending], addresses: AuditedAddresses
    ) -> [AuditEvent] {
        guard let event = event(by: actor, at: time, target: target, addresses: addresses) else { return [] }
        return [event]
            + ending.map { credential, end in
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
    /// The credential as the audit log names it.
    fileprivate var detail: String {
        switch scope {
        case .delegate: username.description
        case .group(let label): "\(username) of group \(label)"
        }
    }
}
