package import DNS

extension Zone {
    /// All records of the zone: first the SOA, then the others in the order of their names (RFC 4034 section 6.1) and types. They do not
    /// include delegates and signatures. The serial of a made SOA is 0.
    package var records: [ResourceRecord] {
        let sorted = rrsets.map { rrset in (key: rrset.owner.orderingKey, rrset: rrset) }.sorted { left, right in
            left.key == right.key
                ? left.rrset.type.rawValue < right.rrset.type.rawValue
                : left.key.lexicographicallyPrecedes(right.key) { $0.lexicographicallyPrecedes($1) }
        }
        return ([soa(at: 0)] + sorted.map(\.rrset)).flatMap { rrset in
            rrset.data.map { ResourceRecord(owner: rrset.owner, ttl: rrset.ttl, data: $0) }
        }
    }
}

extension DomainName {
    /// The labels from right to left, in lower case.
    fileprivate var orderingKey: [[UInt8]] { lowercased.labels.reversed().map(Array.init) }
}
