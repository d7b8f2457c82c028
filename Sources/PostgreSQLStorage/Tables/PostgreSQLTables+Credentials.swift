import DNS
import Delegates
import PostgreSQL
import StorageParts

/// Credentials, groups and registration tokens.
extension PostgreSQLTables {
    func credential(_ username: UniqueID) throws -> Credential? {
        try credentials.row(at: username, .credential(username)).map { try withState($0.credential) }
    }

    func credentials(of scope: Credential.Scope) throws -> [Credential] {
        try made(in: scope).map { try withState($0.credential) }
    }

    /// In the order in which they were made.
    private func made(in scope: Credential.Scope) throws -> [MadeCredential] {
        guard wholeScopes.contains(scope) else { throw MissingRow(need: .credentials(scope)) }
        return credentials.known.map(\.row).filter { $0.credential.scope == scope }.sorted { left, right in
            (left.sequence, left.credential.created, left.credential.username)
                < (right.sequence, right.credential.created, right.credential.username)
        }
    }

    /// The credential with whether its delegate is disabled now.
    private func withState(_ credential: Credential) throws -> Credential {
        var credential = credential
        credential.isDisabled = try credential.delegate.map { try delegate($0)?.disabled != nil } ?? false
        return credential
    }

    mutating func insert(_ credential: Credential, of delegate: Int64?, sequence: ChangeSequence) throws {
        credentials.write(MadeCredential(credential: credential, sequence: sequence), at: credential.username)
        networkCounts.note(0, at: credential.username)
    }

    mutating func update(_ credential: Credential) throws {
        guard var made = try credentials.row(at: credential.username, .credential(credential.username)) else { return }
        made.credential = credential
        credentials.write(made, at: credential.username)
    }

    mutating func deleteCredential(_ username: UniqueID) throws { credentials.write(nil, at: username) }

    mutating func deleteCredentials(of scope: Credential.Scope) throws {
        for made in try made(in: scope) { credentials.write(nil, at: made.credential.username) }
    }

    func networkUse(_ network: IPNetwork, of username: UniqueID) throws -> (isKnown: Bool, count: Int) {
        let use = NetworkUse(network: network, username: username)
        let count = try networkCounts.row(at: username, .networkUse(network, username)) ?? 0
        guard count > 0 else { return (false, 0) }
        return (try networks.row(at: use, .networkUse(network, username)) != nil, count)
    }

    mutating func insert(_ network: IPNetwork, of username: UniqueID, at time: Timestamp) throws {
        let count = try networkCounts.row(at: username, .networkUse(network, username)) ?? 0
        networks.write(time, at: NetworkUse(network: network, username: username))
        networkCounts.write(count + 1, at: username)
    }

    // MARK: Groups

    func hasGroup(_ label: OperatorLabel) throws -> Bool { try groups.row(at: label, .group(label)) != nil }

    mutating func insertGroup(_ label: OperatorLabel, at time: Timestamp) throws {
        groups.write(time, at: label)
        wholeGroups.insert(label)
        wholeScopes.insert(.group(label))
    }

    mutating func deleteGroup(_ label: OperatorLabel) throws {
        groups.write(nil, at: label)
        endedGroups.insert(label)
        // The database deletes memberships with their group.
        for (membership, _) in members.known where membership.group == label { members.write(nil, at: membership) }
        wholeGroups.insert(label)
    }

    func memberCount(of group: OperatorLabel) throws -> Int { try members(of: group).count }

    private func members(of group: OperatorLabel) throws -> [DomainName] {
        guard wholeGroups.contains(group) else { throw MissingRow(need: .members(group)) }
        return members.known.filter { $0.key.group == group && !withoutGroups.contains($0.key.delegate) }.map(\.key.delegate)
    }

    func isMember(_ delegate: DomainName, of group: OperatorLabel) throws -> Bool {
        let membership = Membership(group: group, delegate: delegate)
        if withoutGroups.contains(membership.delegate) { return false }
        if wholeGroups.contains(group), !members.isKnown(membership) { return false }
        return try members.row(at: membership, .member(membership)) != nil
    }

    func hasTwin(of delegate: DomainName, in group: OperatorLabel) throws -> Bool {
        let label = delegate.lowercased.labels.first
        return try members(of: group).contains { $0 != delegate && $0.lowercased.labels.first == label }
    }

    mutating func insertMember(_ delegate: DelegateRow, of group: OperatorLabel) throws {
        // A new delegate has no other memberships that anybody could ask for.
        withoutGroups.remove(delegate.name)
        members.write(delegate.id, at: Membership(group: group, delegate: delegate.name))
    }

    mutating func deleteMember(_ delegate: DelegateRow, of group: OperatorLabel) throws {
        members.write(nil, at: Membership(group: group, delegate: delegate.name))
    }

    mutating func deleteMemberships(of delegate: DelegateRow) throws {
        let name = delegate.name
        withoutGroups.insert(name)
        for (membership, _) in members.known where membership.delegate == name { members.write(nil, at: membership) }
        endedMemberships.insert(delegate.id)
    }

    // MARK: Tokens

    func token(_ label: OperatorLabel) throws -> RegistrationToken? { try tokens.row(at: label, .token(label)) }

    mutating func insert(_ token: RegistrationToken) throws { tokens.write(token, at: token.label) }

    mutating func update(_ token: RegistrationToken) throws { tokens.write(token, at: token.label) }
}
