import DNS

/// The rules of declared domains.
extension ChangeTables {
    /// The declaration that a change is about, as it is before the change.
    func declaration(for change: Change) throws -> DomainRecord? {
        switch change {
        case .declareDomain(let domain, let name), .removeDomain(let domain, let name), .recordCheck(_, let domain, let name):
            return try self.domain(domain, of: try living(name))
        case .enrol, .publish, .withdraw, .disable, .enable, .delete, .expire, .addCredential, .claim, .rotate,
            .revokeCredential, .editCredential, .keepDigest, .makeGroup, .deleteGroup, .addMember, .removeMember, .makeToken,
            .revokeToken, .keepSerials, .ageValues, .forgetAudit, .note, .probe:
            return nil
        }
    }

    /// Those of some domains that a delegate has not declared; all of them if there is no such delegate.
    func undeclared(_ domains: [DeclaredDomain], of name: DomainName) throws -> [DeclaredDomain] {
        guard !domains.isEmpty, let row = try delegate(name), row.deleted == nil else { return domains }
        return try domains.filter { try self.domain($0, of: row) == nil }
    }

    /// - Parameter new: domains that the delegate has not declared.
    /// - Throws: ``Refusal/tooManyDomains`` if the delegate would have more than ``Limits/domainsOfDelegate``.
    func checkRoom(for new: [DeclaredDomain], of name: DomainName) throws {
        guard try new.isEmpty || domainCount(of: living(name).id) + new.count <= Limits.domainsOfDelegate else {
            throw Refusal.tooManyDomains
        }
    }

    /// Declares a domain; one that is declared stays as it is.
    mutating func declare(_ domain: DeclaredDomain, at name: DomainName, _ time: Timestamp) throws {
        let new = try undeclared([domain], of: name)
        try checkRoom(for: new, of: name)
        try insert(new, at: name, time)
    }

    /// - Parameter new: domains that the delegate has not declared, and for which there is room.
    mutating func insert(_ new: [DeclaredDomain], at name: DomainName, _ time: Timestamp) throws {
        guard !new.isEmpty else { return }
        let row = try living(name)
        for domain in new { try insert(DomainRecord(delegate: name, domain: domain, declared: time), of: row.id) }
    }

    mutating func remove(_ domain: DeclaredDomain, from name: DomainName) throws {
        let row = try living(name)
        guard try self.domain(domain, of: row) != nil else { throw Refusal.noSuchDomain }
        try deleteDomain(domain, of: row.id)
    }

    mutating func record(_ check: DomainCheck, of domain: DeclaredDomain, at name: DomainName, _ time: Timestamp) throws {
        let row = try living(name)
        guard let record = try self.domain(domain, of: row) else { throw Refusal.noSuchDomain }
        try update(record.looked(check, at: time), of: row.id)
    }
}
