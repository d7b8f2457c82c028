package import DNS
package import Delegates
import PostgreSQL
import StorageParts

extension PostgreSQLDelegateStorage {
    package func domains(of delegates: [DomainName]) async throws(StorageError) -> [DomainName: [DomainRecord]] {
        let records = try await read(
            "\(DomainRecord.select) \(DomainRecord.from) WHERE delegate.name = ANY ($1) ORDER BY domain",
            [.texts(delegates.map(\.storedText))]
        ) { try DomainRecord(row: $0) }
        return Dictionary(grouping: records, by: \.delegate)
    }

    package func domains(
        _ filter: DomainFilter, after place: DomainPlace?, maximum: Int
    ) async throws(StorageError) -> DomainPage {
        var conditions = "(domain, delegate.name) > ($1, $2)"
        var parameters: [Statement.Parameter] = [
            .text(place?.domain.description ?? ""), .text(place?.delegate.storedText ?? ""), .integer(Int64(maximum)),
        ]
        if let state = filter.state {
            parameters.append(.text(state.rawValue))
            conditions += " AND verdict = $\(parameters.count)"
        }
        if let delegate = filter.delegate {
            parameters.append(.text(delegate.storedText))
            conditions += " AND delegate.name = $\(parameters.count)"
        }
        let records = try await read(
            """
            \(DomainRecord.select) \(DomainRecord.from) WHERE domain >= $1 AND \(conditions)
            ORDER BY domain, delegate.name LIMIT $3
            """, parameters
        ) { try DomainRecord(row: $0) }
        let last = records.count < maximum ? nil : records.last
        return DomainPage(records: records, next: last.map { DomainPlace(domain: $0.domain, delegate: $0.delegate) })
    }

    package func domainsDue(lookedAtBefore moment: Timestamp, maximum: Int) async throws(StorageError) -> [DomainRecord] {
        // Each part reads only as much of its index as it returns.
        try await read(
            """
            (\(DomainRecord.select) \(DomainRecord.from) WHERE disabled_at IS NULL AND checked_at < $1
                ORDER BY checked_at LIMIT $2)
            UNION ALL
            (\(DomainRecord.select) \(DomainRecord.from) WHERE disabled_at IS NULL AND checked_at IS NULL
                ORDER BY declared_at LIMIT $2)
            ORDER BY 4, 3
            """, [.integer(moment.secondsSinceEpoch), .integer(Int64(maximum))]
        ) { try DomainRecord(row: $0) }.sorted { $0.waitsSince < $1.waitsSince }.prefix(maximum).map(\.self)
    }

    package func domainCounts() async throws(StorageError) -> [DomainState: Int] {
        let counts = try await read("SELECT verdict, count(*) FROM delegate_domain GROUP BY verdict") { row in
            let verdict = try row.text(0)
            guard let state = DomainState(rawValue: verdict) else {
                throw StorageError.damaged("“\(verdict)” is not a verdict")
            }
            return (state, Int(try row.integer(1)))
        }
        return Dictionary(uniqueKeysWithValues: counts)
    }
}
