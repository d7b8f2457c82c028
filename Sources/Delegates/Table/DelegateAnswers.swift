package import DNS

/// The records with which each delegate answers.
package enum DelegateAnswers {
    /// The TTL of challenge values, in seconds: each is wanted once, and the next may come at once.
    package static let challengeTTL: UInt32 = 1
    /// The TTL of the CAA records, in seconds.
    package static let issuanceTTL: UInt32 = 3600

    /// The CAA records that allow no certificate for a delegate's own name (RFC 8659 section 4.2): a certificate authority that accepts a
    /// random value in TXT at the name itself would otherwise issue one to each holder.
    package static func noIssuance(at name: DomainName) -> RRset {
        RRset(
            owner: name, type: .caa, ttl: issuanceTTL,
            data: [.caa(tag: "issue", value: ";"), .caa(tag: "issuewild", value: ";")])
    }
}
