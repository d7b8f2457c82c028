package import DNS

/// What is to be changed in the storage: all of it, or nothing.
package enum Change: Sendable {
    // Delegates.
    /// A delegate that was never there before.
    case enrol(NewDelegate)
    /// A value at a delegate, or its new place if it is published already.
    case publish(ChallengeValue, delegate: DomainName)
    /// All values of a delegate are taken back.
    case withdraw(delegate: DomainName)
    /// Until it is enabled again, a delegate has no values, and its credentials are not taken.
    case disable(delegate: DomainName)
    case enable(delegate: DomainName)
    /// A delegate ends for ever: its values and credentials are gone, and its name is never given to anybody again.
    case delete(delegate: DomainName)
    /// The same, if nothing was ever published there and it was enrolled before that moment.
    case expire(delegate: DomainName, enrolledBefore: Timestamp)

    // Credentials.
    /// One more credential for a delegate or a group, which may have so many.
    case addCredential(Credential, maximum: Int)
    /// The delegate that was prepared first for the actor's token gets its first credential. Which one it is, is decided then: the
    /// credential's scope is of no account, and afterwards it is that delegate.
    case claim(Credential)
    /// A new credential takes the place of all others of its delegate or group. They end at that moment at the latest, or at once where
    /// there would be more than so many. What it may do, and its label if it has none, are decided then: see
    /// ``successor(_:of:at:)``.
    case rotate(Credential, othersEnd: Timestamp, maximum: Int)
    /// A credential ends: it is never taken again.
    case revokeCredential(UniqueID)
    /// What a credential may do changes.
    case editCredential(UniqueID, CredentialEdit)
    /// The key of a credential was seen: from now on its digest is enough.
    case keepDigest(KeyDigest, of: UniqueID)

    // Groups and tokens.
    case makeGroup(OperatorLabel)
    /// A group and its credentials end; its delegates stay.
    case deleteGroup(OperatorLabel)
    case addMember(DomainName, group: OperatorLabel)
    case removeMember(DomainName, group: OperatorLabel)
    case makeToken(RegistrationToken)
    case revokeToken(OperatorLabel)

    // Serials.
    /// The serials of zones rise, or stand for something else.
    case keepSerials([SerialRecord])
    /// Values of these delegates whose time was over at a moment go.
    case ageValues(of: [DomainName], until: Timestamp)

    // The storage itself.
    /// Entries of the audit log go, the oldest first: those from before that moment, and those of which there are more than are to be
    /// kept; as many at a time as the maximum says.
    case forgetAudit(before: Timestamp, keeping: Int = .max, maximum: Int)
    /// Nothing changes; the audit log gets an entry.
    case note(AuditEvent.Kind, delegate: DomainName?, detail: String?)
    /// Nothing changes, but it has to be written: shows whether a commit is possible.
    case probe
}

/// A delegate as it begins.
package struct NewDelegate: Hashable, Sendable {
    package var name: DomainName
    /// Its first credential; nothing for one that is prepared.
    package var credential: Credential?
    /// The token whose holder can take it over.
    package var preparedFor: OperatorLabel?
    /// What comes with it from another server, the oldest first, and when it was published there.
    package var imported: [ImportedValue]?

    /// From which network a stranger enrols it, and how many delegates that network may have; `nil` if that is not counted.
    package var origin: Origin?

    package struct Origin: Hashable, Sendable {
        package var network: IPNetwork
        package var maximum: Int

        package init(network: IPNetwork, maximum: Int) {
            self.network = network
            self.maximum = maximum
        }
    }

    package struct ImportedValue: Hashable, Sendable {
        package var value: ChallengeValue
        package var published: Timestamp

        package init(_ value: ChallengeValue, published: Timestamp) {
            self.value = value
            self.published = published
        }
    }

    package init(
        name: DomainName, credential: Credential? = nil, preparedFor: OperatorLabel? = nil, imported: [ImportedValue]? = nil,
        origin: Origin? = nil
    ) {
        self.name = name
        self.credential = credential
        self.preparedFor = preparedFor
        self.imported = imported
        self.origin = origin
    }

    /// The place of a value that comes with it, when its enrolment has that place.
    package func sequence(ofImported index: Int, enrolled: ChangeSequence) -> ChangeSequence {
        ChangeSequence(enrolled.number + UInt64(index) + 1)
    }
}

extension Change {
    /// How many places in the storage's sequence it takes: its own, and one for each value that comes with a delegate.
    package var sequenceCount: UInt64 {
        switch self {
        case .enrol(let new): 1 + UInt64(new.imported?.count ?? 0)
        // It says itself what it does to serials.
        case .keepSerials: 0
        case .publish, .withdraw, .disable, .enable, .delete, .expire, .addCredential, .claim, .rotate, .revokeCredential,
            .editCredential, .keepDigest, .makeGroup, .deleteGroup, .addMember, .removeMember, .makeToken, .revokeToken,
            .ageValues, .forgetAudit, .note, .probe:
            1
        }
    }
}

extension Change {
    /// Whether answers can be others afterwards: then the serials of zones count it.
    package var isShown: Bool {
        switch self {
        case .enrol, .publish, .withdraw, .disable, .delete, .expire, .ageValues: true
        case .enable, .addCredential, .claim, .rotate, .revokeCredential, .editCredential, .keepDigest, .makeGroup,
            .deleteGroup, .addMember, .removeMember, .makeToken, .revokeToken, .keepSerials, .forgetAudit, .note, .probe:
            false
        }
    }

    /// Which of an owner's credentials end when a new one takes their place, and when; nothing for at once. Of those that are good as
    /// many go on for a while as there may be beside the new one: first those that would not end before anyway, of them those that were
    /// used last, of those the newest.
    ///
    /// - Parameters:
    ///   - others: in the order in which they were made.
    ///   - maximum: with the new one.
    package static func ends(
        of others: [Credential], at end: Timestamp, now: Timestamp, maximum: Int
    ) -> [(credential: Credential, end: Timestamp?)] {
        let good = end <= now ? [] : others.enumerated().filter { !$0.element.hasExpired(at: now) }
        func rank(_ index: Int, _ credential: Credential) -> (Int, Int64, Int) {
            (credential.expires.map { $0 > end } ?? true ? 1 : 0, credential.lastUse?.time.secondsSinceEpoch ?? .min, index)
        }
        let goingOn = good.sorted { rank($0.offset, $0.element) > rank($1.offset, $1.element) }
            .prefix(max(0, maximum - 1)).map(\.element.username)
        return others.compactMap { credential in
            guard goingOn.contains(credential.username) else { return (credential, nil) }
            return credential.hasExpired(at: end) ? nil : (credential, end)
        }
    }

    /// A credential that takes the place of others: it may be used from where the newest of them that is good may be, or, if none is, the
    /// newest; and has its label if it has none of its own.
    ///
    /// - Parameter others: in the order in which they were made.
    package static func successor(_ new: Credential, of others: [Credential], at now: Timestamp) -> Credential {
        guard let model = others.last(where: { !$0.hasExpired(at: now) }) ?? others.last else { return new }
        var new = new
        new.allowedNetworks = model.allowedNetworks
        if new.label.isEmpty { new.label = model.label }
        return new
    }
}

extension Change {
    /// Whether who makes the change may make it now. What was found out about them before may be no longer so: their credential can have
    /// ended, expired or been restricted since, their delegate disabled, their token revoked.
    ///
    /// - Parameters:
    ///   - standing: the actor's, as it is now; nothing if their credential or token is there no more.
    ///   - target: the credential that changes, if one does.
    package func isAllowed(to actor: Actor, with standing: Standing?, target: Credential?, at time: Timestamp) -> Bool {
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
        case .publish(_, let name): return reached == name
        case .withdraw(let name), .delete(let name): return reached == name && credential.delegate == name
        case .addCredential(let new, _): return reached != nil && reached == new.delegate && reached == credential.delegate
        case .revokeCredential:
            guard reached != nil, credential.delegate != nil else { return false }
            return target.map { $0.scope == credential.scope } ?? true
        case .editCredential:
            guard reached != nil, credential.delegate != nil else { return false }
            // Who has stolen a credential that is restricted must not open it from elsewhere.
            return target.map { $0.scope == credential.scope && $0.allowedNetworks.contain(actor.address) } ?? true
        case .enrol, .disable, .enable, .expire, .claim, .rotate, .keepDigest, .makeGroup, .deleteGroup, .addMember,
            .removeMember, .makeToken, .revokeToken, .keepSerials, .ageValues, .forgetAudit, .note, .probe:
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
            .keepSerials, .ageValues, .forgetAudit, .note, .probe:
            return false
        }
    }

    /// The credential that changes, if one does.
    package var target: UniqueID? {
        switch self {
        case .revokeCredential(let username), .editCredential(let username, _), .keepDigest(_, let username): username
        case .enrol, .publish, .withdraw, .disable, .enable, .delete, .expire, .addCredential, .claim, .rotate, .makeGroup,
            .deleteGroup, .addMember, .removeMember, .makeToken, .revokeToken, .keepSerials, .ageValues, .forgetAudit, .note,
            .probe:
            nil
        }
    }

    /// The delegate of which an actor's credential must be: the one that the change names.
    package var delegate: DomainName? {
        switch self {
        case .enrol(let new): new.name
        case .publish(_, let name), .withdraw(let name), .disable(let name), .enable(let name), .delete(let name),
            .expire(let name, _), .addMember(let name, _), .removeMember(let name, _):
            name
        case .addCredential(let credential, _), .claim(let credential), .rotate(let credential, _, _): credential.delegate
        case .note(_, let name, _): name
        case .revokeCredential, .editCredential, .keepDigest, .makeGroup, .deleteGroup, .makeToken, .revokeToken,
            .keepSerials, .ageValues, .forgetAudit, .probe:
            nil
        }
    }
}

/// What the storage knows of whoever makes a change, at the moment at which it is made.
package enum Standing: Sendable {
    /// A credential, and which delegate it reaches: its own or, where the change names a member of its group, that one. Nothing where
    /// the delegate is disabled, or it is no member.
    case credential(Credential, reached: DomainName?)
    case token(RegistrationToken)
}

/// Whoever makes a change.
package struct Actor: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// Somebody of whom nothing is known.
        case visitor
        case credential(UniqueID)
        /// Somebody who has a registration token.
        case token(OperatorLabel)
        case `operator`
        /// This server by itself.
        case server
    }

    package var kind: Kind
    /// Nothing if it cannot be known.
    package var address: IPAddress?

    package init(_ kind: Kind, from address: IPAddress?) {
        self.kind = kind
        self.address = address
    }
}
