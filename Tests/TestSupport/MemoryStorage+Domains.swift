package import DNS
package import Delegates

extension MemoryStorage {
    package func domains(of delegates: [DomainName]) async throws(StorageError) -> [DomainName: [DomainRecord]] {
        try use { tables in Dictionary(grouping: tables.allDomains.filter { delegates.contains($0.delegate) }, by: \.delegate) }
    }

    package func domains(
        _ filter: DomainFilter, after place: DomainPlace?, maximum: Int
    ) async throws(StorageError) -> DomainPage {
        try use { tables in
            let found = tables.allDomains.filter { record in
                (filter.state == nil || filter.state == record.state)
                    && (filter.delegate == nil || filter.delegate == record.delegate)
                    && place?.isBefore(record) ?? true
            }
            let records = Array(found.prefix(maximum))
            let last = records.count < maximum ? nil : records.last
            return DomainPage(records: records, next: last.map { DomainPlace(domain: $0.domain, delegate: $0.delegate) })
        }
    }

    package func domainsDue(lookedAtBefore moment: Timestamp, maximum: Int) async throws(StorageError) -> [DomainRecord] {
        try use { tables in
            let due = tables.allDomains.filter { record in
                tables.delegate(record.delegate)?.disabled == nil && record.lastLook.map { $0.time < moment } ?? true
            }
            return Array(due.sorted { $0.waitsSince < $1.waitsSince }.prefix(maximum))
        }
    }

    package func domainCounts() async throws(StorageError) -> [DomainState: Int] {
        try use { tables in Dictionary(grouping: tables.allDomains, by: \.state).mapValues(\.count) }
    }
}
