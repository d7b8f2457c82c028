import DNS
import Delegates
import GRDB
import StorageParts

/// Declared domains.
extension SQLiteTables {
    func domain(_ domain: DeclaredDomain, of delegate: DelegateRow) throws -> DomainRecord? {
        let sql = DomainRecord.select + "WHERE delegate_domain.domain = ? AND delegate_id = ?"
        return try database.firstRow(sql, [domain.description, delegate.id]) { try DomainRecord(row: $0) }
    }

    func domainCount(of delegate: Int64) throws -> Int {
        try count("SELECT count(*) FROM delegate_domain WHERE delegate_id = ?", [delegate])
    }

    mutating func insert(_ record: DomainRecord, of delegate: Int64) throws {
        try execute(
            """
            INSERT INTO delegate_domain (domain, delegate_id, declared_at, checked_at, verdict, verified_since, findings)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                record.domain.description, delegate, record.declared.secondsSinceEpoch,
                record.lastLook?.time.secondsSinceEpoch, record.state.rawValue, record.verifiedSince?.secondsSinceEpoch,
                record.storedFindings,
            ])
    }

    mutating func update(_ record: DomainRecord, of delegate: Int64) throws {
        try execute(
            """
            UPDATE delegate_domain SET checked_at = ?, verdict = ?, verified_since = ?, findings = ?
            WHERE domain = ? AND delegate_id = ?
            """,
            [
                record.lastLook?.time.secondsSinceEpoch, record.state.rawValue, record.verifiedSince?.secondsSinceEpoch,
                record.storedFindings, record.domain.description, delegate,
            ])
    }

    mutating func deleteDomain(_ domain: DeclaredDomain, of delegate: Int64) throws {
        try execute("DELETE FROM delegate_domain WHERE domain = ? AND delegate_id = ?", [domain.description, delegate])
    }

    mutating func deleteDomains(of delegate: Int64) throws {
        try execute("DELETE FROM delegate_domain WHERE delegate_id = ?", [delegate])
    }
}
