import DNS
import Delegates
import PostgreSQL
import StorageParts

/// Delegates, their values and their domains.
extension PostgreSQLTables {
    func delegate(_ name: DomainName) throws -> DelegateRow? {
        try delegates.row(at: name, .delegate(name))
    }

    func firstPrepared(for token: OperatorLabel) throws -> DomainName? {
        guard let search = prepared[token] else { throw MissingRow(need: .prepared(token, maximum: 16)) }
        let first = delegates.known.map(\.row).filter { $0.preparedFor == token && $0.disabled == nil }.min { $0.id < $1.id }
        guard let lastID = search.lastID else { return first?.name }
        // Those that were not found have higher ids.
        if let first, first.id <= lastID { return first.name }
        throw MissingRow(need: .prepared(token, maximum: search.maximum * 8))
    }

    func delegateCount(from network: IPNetwork, maximum: Int) throws -> Int {
        guard let known = delegateCounts[network], known.maximum >= maximum else {
            throw MissingRow(need: .delegateCount(network, maximum: maximum))
        }
        return min(known.count, maximum)
    }

    mutating func insert(_ row: DelegateRow) throws -> Int64 {
        lastDelegateID += 1
        var row = row
        row.id = lastDelegateID
        delegates.write(row, at: row.name)
        values.note([:], at: row.id)
        domains.note([:], at: row.id)
        wholeScopes.insert(.delegate(row.name))
        withoutGroups.insert(row.name)
        if let origin = row.origin { delegateCounts[origin]?.count += 1 }
        return row.id
    }

    mutating func update(_ row: DelegateRow) throws {
        if row.origin == nil, let origin = try delegate(row.name)?.origin { delegateCounts[origin]?.count -= 1 }
        delegates.write(row, at: row.name)
    }

    // MARK: Values

    func values(of delegate: Int64) throws -> [ValueRow] {
        try allValues(of: delegate).values.sorted { $0.sequence < $1.sequence }
    }

    private func allValues(of delegate: Int64) throws -> [ChallengeValue: ValueRow] {
        // They come with their delegate's row.
        guard let values = values.rowIfKnown(at: delegate) else {
            throw StorageError.unavailable("the values of the delegate \(delegate) were not read")
        }
        return values
    }

    mutating func put(_ value: ChallengeValue, _ row: ValueRow, of delegate: Int64) throws {
        var all = try allValues(of: delegate)
        all[value] = row
        values.write(all, at: delegate)
    }

    mutating func deleteValues(of delegate: Int64, before sequence: ChangeSequence?) throws {
        let all = try allValues(of: delegate)
        guard !all.isEmpty else { return }
        values.write(sequence.map { first in all.filter { $0.value.sequence >= first } } ?? [:], at: delegate)
    }

    // MARK: Domains

    func domain(_ domain: DeclaredDomain, of delegate: DelegateRow) throws -> DomainRecord? {
        try allDomains(of: delegate.id)[domain]
    }

    func domainCount(of delegate: Int64) throws -> Int { try allDomains(of: delegate).count }

    private func allDomains(of delegate: Int64) throws -> [DeclaredDomain: DomainRecord] {
        try domains.row(at: delegate, .domains(delegate)) ?? [:]
    }

    mutating func insert(_ record: DomainRecord, of delegate: Int64) throws { try write(record, record.domain, of: delegate) }

    mutating func update(_ record: DomainRecord, of delegate: Int64) throws { try write(record, record.domain, of: delegate) }

    mutating func deleteDomain(_ domain: DeclaredDomain, of delegate: Int64) throws {
        try write(nil, domain, of: delegate)
    }

    mutating func deleteDomains(of delegate: Int64) throws {
        if try domainCount(of: delegate) > 0 { domains.write([:], at: delegate) }
    }

    private mutating func write(_ record: DomainRecord?, _ domain: DeclaredDomain, of delegate: Int64) throws {
        var all = try allDomains(of: delegate)
        all[domain] = record
        domains.write(all, at: delegate)
    }
}
