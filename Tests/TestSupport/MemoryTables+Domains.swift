import DNS
package import Delegates

/// Declared domains.
extension MemoryTables {
    package func domain(_ domain: DeclaredDomain, of delegate: DelegateRow) -> DomainRecord? {
        domains[delegate.id]?[domain]
    }

    package func domainCount(of delegate: Int64) -> Int { domains[delegate]?.count ?? 0 }

    package mutating func insert(_ record: DomainRecord, of delegate: Int64) {
        domains[delegate, default: [:]][record.domain] = record
    }

    package mutating func update(_ record: DomainRecord, of delegate: Int64) { domains[delegate]?[record.domain] = record }

    package mutating func deleteDomain(_ domain: DeclaredDomain, of delegate: Int64) {
        domains[delegate]?[domain] = nil
        if domains[delegate]?.isEmpty == true { domains[delegate] = nil }
    }

    package mutating func deleteDomains(of delegate: Int64) { domains[delegate] = nil }

    /// All declared domains, in order.
    var allDomains: [DomainRecord] {
        domains.values.flatMap(\.values).sorted { $0.place < $1.place }
    }
}

extension DomainRecord {
    /// The domain's place in the order of all, as texts that are compared one after the other.
    fileprivate var place: (String, String) { (domain.description, delegate.lowercased.withoutFinalDot) }
}

extension DomainPlace {
    /// Whether a record comes after this place.
    func isBefore(_ record: DomainRecord) -> Bool {
        (domain.description, delegate.lowercased.withoutFinalDot) < record.place
    }
}
