package import DNS

/// The CAA records that decide about a name (RFC 8659 section 3): those of the first name with any, from the name up.
package struct RelevantSet: Hashable, Sendable {
    /// The name that has the records; `nil` if the records were given without one.
    package let owner: DomainName?
    /// The records in the order of their octets, each once: their order says nothing.
    package let records: [RecordData]

    /// - Parameter records: data of other types are left out.
    package init(owner: DomainName?, records: [RecordData]) {
        self.owner = owner
        self.records = Set(records.filter { $0.type == .caa }).sorted { $0.octets.lexicographicallyPrecedes($1.octets) }
    }

    /// The accounts that the `issue` and `issuewild` records name, as they are written.
    package var accounts: Set<String> {
        Set(
            records.compactMap(CAARecord.init).filter { ["issue", "issuewild"].contains($0.property) }
                .compactMap { CAAProperty($0.value) }.flatMap { $0.values(of: "accounturi") })
    }

    /// Returns a record as a line of a zone file: `OWNER IN CAA DATA`, without a TTL. Without an owner it is the data alone.
    package func line(_ record: CAARecord) -> String {
        owner.map { "\($0) IN CAA \(record)" } ?? record.description
    }
}

extension RelevantSet {
    /// What was learnt of a name's CAA records.
    package enum Answer: Hashable, Sendable {
        /// The records, aliases followed; empty if there are none.
        case records([RecordData])
        /// There was no answer, for this reason. An authority does not issue then.
        case failed(String)
    }

    /// What the answers come to.
    package enum Search: Hashable, Sendable {
        case found(RelevantSet)
        /// Neither the name nor a name above it has CAA records.
        case absent
        /// A name without an answer came before any records.
        case failed(at: DomainName, String)
    }

    /// The names whose records count for a name, in the order in which they do: the name and its parents, without the root.
    package static func names(for name: DomainName) -> [DomainName] {
        Array(sequence(first: name, next: \.parent).prefix { !$0.isRoot })
    }

    /// Climbs from a name to the first with records. The first failure on the way ends the search, whatever the names above have.
    ///
    /// - Parameters:
    ///   - name: The name to certify, for a wildcard without `*.`.
    ///   - answers: What was learnt of each of ``names(for:)``. A name without an answer has failed, if it matters.
    package static func search(for name: DomainName, answers: [DomainName: Answer]) -> Search {
        for owner in names(for: name) {
            switch answers[owner] ?? .failed("it was not asked for") {
            case .failed(let reason): return .failed(at: owner, reason)
            case .records(let data):
                let set = RelevantSet(owner: owner, records: data)
                if !set.records.isEmpty { return .found(set) }
            }
        }
        return .absent
    }
}
