import DNS

/// The rules of groups and registration tokens.
extension ChangeTables {
    /// - Throws: ``Refusal/noSuchGroup``.
    func check(_ group: OperatorLabel) throws {
        guard try hasGroup(group) else { throw Refusal.noSuchGroup }
    }

    mutating func makeGroup(_ label: OperatorLabel, at time: Timestamp) throws {
        guard try !hasGroup(label) else { throw Refusal.groupTaken }
        try insertGroup(label, at: time)
    }

    mutating func endGroup(_ label: OperatorLabel) throws {
        try check(label)
        try deleteCredentials(of: .group(label))
        try deleteGroup(label)
    }

    mutating func add(_ name: DomainName, to group: OperatorLabel) throws {
        let row = try living(name)
        try check(group)
        guard try !isMember(name, of: group) else { return }
        guard try memberCount(of: group) < GroupRecord.maximumMembers else { throw Refusal.groupFull }
        guard try !hasTwin(of: name, in: group) else { throw Refusal.memberLabelTaken }
        try insertMember(row, of: group)
    }

    mutating func remove(_ name: DomainName, from group: OperatorLabel) throws {
        try check(group)
        guard try isMember(name, of: group), let row = try delegate(name) else { throw Refusal.noSuchDelegate }
        try deleteMember(row, of: group)
    }

    mutating func make(_ token: RegistrationToken) throws {
        guard try self.token(token.label) == nil else { throw Refusal.tokenTaken }
        try insert(token)
    }

    mutating func revokeToken(_ label: OperatorLabel, at time: Timestamp) throws {
        guard var token = try token(label) else { throw Refusal.noSuchToken }
        guard token.revoked == nil else { return }
        token.revoked = time
        try update(token)
    }
}
