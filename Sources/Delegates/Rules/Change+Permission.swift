import DNS

extension Change {
    /// Whether the actor may make the change now. Earlier checks may be out of date: the credential can have ended, expired or been
    /// restricted since, its delegate disabled, the token revoked.
    ///
    /// - Parameters:
    ///   - standing: the actor's standing now; `nil` if its credential or token is gone.
    ///   - target: the credential that changes, if one does.
    func isAllowed(to actor: Actor, with standing: Standing?, target: Credential?, at time: Timestamp) -> Bool {
        switch (actor.kind, standing) {
        case (.visitor, _), (.server, _), (.operator, _): return true
        case (.token, .token(let token)): return isAllowed(with: token, at: time)
        case (.credential, .credential(let credential, let reached)):
            guard !credential.hasExpired(at: time), credential.allowedNetworks.contain(actor.address) else { return false }
            return isAllowed(to: actor, with: credential, reached: reached, target: target)
        case (.token, _), (.credential, _): return false
        }
    }

    private func isAllowed(to actor: Actor, with credential: Credential, reached: DomainName?, target: Credential?) -> Bool {
        switch self {
        case .publish(_, let name), .declareDomain(_, let name), .removeDomain(_, let name): return reached == name
        case .withdraw(let name), .delete(let name): return reached == name && credential.delegate == name
        case .addCredential(let new, _): return reached != nil && reached == new.delegate && reached == credential.delegate
        case .revokeCredential:
            guard reached != nil, credential.delegate != nil else { return false }
            return target.map { $0.scope == credential.scope } ?? true
        case .editCredential:
            guard reached != nil, credential.delegate != nil else { return false }
            // The thief of a restricted credential must not lift the restriction from elsewhere.
            return target.map { $0.scope == credential.scope && $0.allowedNetworks.contain(actor.address) } ?? true
        case .enrol, .disable, .enable, .expire, .claim, .rotate, .keepDigest, .makeGroup, .deleteGroup, .addMember,
            .removeMember, .makeToken, .revokeToken, .recordCheck, .keepSerials, .ageValues, .forgetAudit, .note, .probe:
            return false
        }
    }

    private func isAllowed(with token: RegistrationToken, at time: Timestamp) -> Bool {
        guard token.isGood(at: time) else { return false }
        switch self {
        case .enrol(let new): return new.preparedFor == nil && new.imported == nil
        case .claim: return true
        case .publish, .withdraw, .disable, .enable, .delete, .expire, .addCredential, .rotate, .revokeCredential,
            .editCredential, .keepDigest, .makeGroup, .deleteGroup, .addMember, .removeMember, .makeToken, .revokeToken,
            .declareDomain, .removeDomain, .recordCheck, .keepSerials, .ageValues, .forgetAudit, .note, .probe:
            return false
        }
    }
}

/// What the storage knows of the actor at the moment of the change.
enum Standing: Sendable {
    /// A credential, and the delegate that it reaches: its own, or the member of its group that the change names. `nil` if the delegate is
    /// disabled or is not a member.
    case credential(Credential, reached: DomainName?)
    case token(RegistrationToken)
}
