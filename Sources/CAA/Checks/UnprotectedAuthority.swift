import DNS

/// An authority that a set allows, and that is not known to honour RFC 8657: any of its accounts may obtain a certificate, whatever
/// `accounturi` says.
package struct UnprotectedAuthority: Hashable, Sendable {
    /// The authority's name in the record.
    package let identity: String
    /// Its name for people; `nil` if it is not in ``AuthorityTable``.
    package let name: String?
    /// The first record that allows it.
    package let record: CAARecord

    /// - Parameter date: The day for which to look into ``AuthorityTable``.
    /// - Returns: one for each such authority, by identity; empty from ``AuthorityTable/obligation`` on.
    package static func all(in set: RelevantSet, on date: CalendarDate) -> [UnprotectedAuthority] {
        var found: [String: UnprotectedAuthority] = [:]
        for record in set.records.compactMap(CAARecord.init) where ["issue", "issuewild"].contains(record.property) {
            let identity = CAAProperty.issuer(of: record.value).lowercased()
            // What is no host name is the name of no authority (RFC 8659 section 4.2).
            guard (try? HostName(identity)) != nil, found[identity] == nil,
                AuthorityTable.authority(identity, on: date).honoursRFC8657 != .yes
            else { continue }
            found[identity] = UnprotectedAuthority(
                identity: identity, name: AuthorityTable.entry(for: identity)?.name, record: record)
        }
        return found.values.sorted { $0.identity < $1.identity }
    }
}
