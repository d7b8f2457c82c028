import DNS

extension RelevantSet {
    /// The authorities that the records name, in lower case and in order. What is no host name names none (RFC 8659 section 4.2).
    package var namedIssuers: [String] {
        Set(
            records.compactMap(CAARecord.init).filter { ["issue", "issuewild"].contains($0.property) }
                .map { CAAProperty.issuer(of: $0.value).lowercased() }
        ).filter { (try? HostName($0)) != nil }.sorted()
    }

    /// The accounts that the records name in `accounturi`, as they are written.
    package var namedAccounts: Set<String> {
        Set(
            records.compactMap(CAARecord.init).filter { ["issue", "issuewild"].contains($0.property) }
                .compactMap { CAAProperty($0.value) }.flatMap { $0.values(of: "accounturi") })
    }
}
