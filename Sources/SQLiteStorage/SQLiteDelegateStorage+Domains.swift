package import DNS
package import Delegates
import GRDB
import StorageParts

extension SQLiteDelegateStorage {
    package func domains(of delegates: [DomainName]) async throws(StorageError) -> [DomainName: [DomainRecord]] {
        try await reads.read { database in
            let select = try database.cachedStatement(
                sql: DomainRecord.select + "WHERE delegate_id = (SELECT id FROM delegate WHERE name = ?) ORDER BY domain")
            var domains: [DomainName: [DomainRecord]] = [:]
            for delegate in delegates {
                let rows = try Row.fetchAll(select, arguments: [delegate.storedText])
                if !rows.isEmpty { domains[delegate] = try rows.map { try DomainRecord(row: $0) } }
            }
            return domains
        }
    }

    package func domains(
        _ filter: DomainFilter, after place: DomainPlace?, maximum: Int
    ) async throws(StorageError) -> DomainPage {
        try await reads.read { database in
            var conditions = "domain >= :domain AND (domain > :domain OR delegate.name > :name)"
            var arguments: [String: any DatabaseValueConvertible] = [
                "domain": place?.domain.description ?? "", "name": place?.delegate.storedText ?? "", "maximum": maximum,
            ]
            if let state = filter.state {
                conditions += " AND verdict = :verdict"
                arguments["verdict"] = state.rawValue
            }
            if let delegate = filter.delegate {
                conditions += " AND delegate_id = (SELECT id FROM delegate WHERE name = :delegate)"
                arguments["delegate"] = delegate.storedText
            }
            let select = try database.cachedStatement(
                sql: DomainRecord.select + "WHERE \(conditions) ORDER BY domain, delegate.name LIMIT :maximum")
            let records = try Row.fetchAll(select, arguments: StatementArguments(arguments)).map { try DomainRecord(row: $0) }
            let last = records.count < maximum ? nil : records.last
            return DomainPage(records: records, next: last.map { DomainPlace(domain: $0.domain, delegate: $0.delegate) })
        }
    }

    package func domainsDue(
        lookedAtBefore moment: Timestamp, maximum: Int
    ) async throws(StorageError) -> [DomainRecord] {
        try await reads.read { database in
            // Each part reads only as much of its index as it returns.
            let select = try database.cachedStatement(
                sql: """
                    SELECT * FROM (
                        SELECT * FROM (
                            SELECT \(DomainRecord.columns)
                            FROM delegate_domain INDEXED BY delegate_domain_checked CROSS JOIN delegate
                            WHERE delegate.id = delegate_id AND disabled_at IS NULL AND checked_at < :moment
                            ORDER BY checked_at LIMIT :maximum)
                        UNION ALL
                        SELECT * FROM (
                            SELECT \(DomainRecord.columns)
                            FROM delegate_domain INDEXED BY delegate_domain_unchecked CROSS JOIN delegate
                            WHERE delegate.id = delegate_id AND disabled_at IS NULL AND checked_at IS NULL
                            ORDER BY declared_at LIMIT :maximum))
                    ORDER BY coalesce(checked_at, declared_at) LIMIT :maximum
                    """)
            let arguments: StatementArguments = ["moment": moment.secondsSinceEpoch, "maximum": maximum]
            return try Row.fetchAll(select, arguments: arguments).map { try DomainRecord(row: $0) }
        }
    }

    package func domainCounts() async throws(StorageError) -> [DomainState: Int] {
        try await reads.read { database in
            let rows = try Row.fetchAll(
                database, sql: "SELECT verdict, count(*) FROM delegate_domain GROUP BY verdict")
            var counts: [DomainState: Int] = [:]
            for row in rows {
                let verdict: String = row[0]
                guard let state = DomainState(rawValue: verdict) else {
                    throw StorageError.damaged("“\(verdict)” is not a verdict")
                }
                counts[state] = row[1]
            }
            return counts
        }
    }
}
