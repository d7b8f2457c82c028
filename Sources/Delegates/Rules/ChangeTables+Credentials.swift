import DNS

/// The rules of credentials.
extension ChangeTables {
    /// - Throws: ``Refusal/usernameTaken``.
    func checkIsNew(_ username: UniqueID) throws {
        guard try credential(username) == nil else { throw Refusal.usernameTaken }
    }

    /// - Returns: the row of the scope's delegate; `nil` if the scope is a group.
    @discardableResult
    private func check(_ scope: Credential.Scope) throws -> DelegateRow? {
        switch scope {
        case .delegate(let name):
            return try living(name)
        case .group(let label):
            try check(label)
            return nil
        }
    }

    mutating func add(_ credential: Credential, maximum: Int, sequence: ChangeSequence) throws {
        try check(credential.scope)
        guard try credentials(of: credential.scope).count < maximum else {
            throw Refusal.tooManyCredentials(maximum: maximum)
        }
        try insertChecked(credential, sequence: sequence)
    }

    mutating func insertChecked(_ credential: Credential, sequence: ChangeSequence) throws {
        let row = try check(credential.scope)
        try checkIsNew(credential.username)
        try insert(credential, of: row?.id, sequence: sequence)
        // A delegate that has a key is no longer prepared for a token.
        guard var row, row.preparedFor != nil else { return }
        row.preparedFor = nil
        try update(row)
    }

    /// - Parameter domains: domains that the credential's delegate has not declared.
    mutating func claim(
        _ credential: Credential, _ domains: [DeclaredDomain], at time: Timestamp, sequence: ChangeSequence
    ) throws {
        if let name = credential.delegate { try checkRoom(for: domains, of: name) }
        try insertChecked(credential, sequence: sequence)
        if let name = credential.delegate { try insert(domains, at: name, time) }
    }

    mutating func rotate(
        to credential: Credential, ending: [Rotation.Ending], sequence: ChangeSequence
    ) throws {
        try check(credential.scope)
        try checkIsNew(credential.username)
        for (other, end) in ending {
            guard let end else {
                try deleteCredential(other.username)
                continue
            }
            var other = other
            other.expires = end
            try update(other)
        }
        try insertChecked(credential, sequence: sequence)
    }

    mutating func revoke(_ username: UniqueID, at time: Timestamp) throws {
        let credential = try known(username)
        let others = try credentials(of: credential.scope).filter { $0.username != username }
        guard credential.hasExpired(at: time) || others.contains(where: { !$0.hasExpired(at: time) }) else {
            throw Refusal.lastCredential
        }
        try deleteCredential(username)
    }

    mutating func edit(_ username: UniqueID, _ edit: CredentialEdit) throws {
        var credential = try known(username)
        if let label = edit.label { credential.label = label }
        if let networks = edit.allowedNetworks { credential.allowedNetworks = networks }
        if let expires = edit.expires { credential.expires = expires }
        try update(credential)
    }

    /// Replaces a slow hash by a digest.
    mutating func keep(_ digest: KeyDigest, of username: UniqueID) throws {
        guard var credential = try credential(username), case .bcrypt = credential.check else { return }
        credential.check = .digest(digest)
        try update(credential)
    }

    private func known(_ username: UniqueID) throws -> Credential {
        guard let credential = try credential(username) else { throw Refusal.noSuchCredential }
        return credential
    }

    /// Records when and from where a credential was used, unless the change has ended it.
    ///
    /// - Parameters:
    ///   - used: the credential as it was before the change.
    ///   - delegate: the delegate at which it was used.
    /// - Returns: the use that was written; `nil` if the last use stands for this one, or the credential has ended.
    mutating func noteUse(
        of used: Credential, by actor: Actor, at delegate: DomainName?, _ time: Timestamp, addresses: AuditedAddresses
    ) throws -> Credential.Use? {
        let use = Credential.Use(time: time, address: addresses.text(of: actor.address))
        // A use from a new network always has another address than the last use.
        guard used.lastUse?.stands(for: use) != true, var credential = try credential(used.username) else { return nil }
        credential.lastUse = use
        try update(credential)
        guard addresses != .none, let network = actor.address.map({ IPNetwork(partyOf: $0) }) else { return use }
        let (isKnown, count) = try networkUse(network, of: credential.username)
        guard !isKnown, count < Credential.maximumNetworks else { return use }
        try insert(network, of: credential.username, at: time)
        try append(
            AuditEvent(
                .usedFromNewNetwork, at: time, by: actor.auditText, from: use.address, delegate: delegate,
                detail: network.description))
        return use
    }
}

extension Credential {
    /// The number of networks that are remembered for one credential.
    fileprivate static let maximumNetworks = 1_000
}
