/// What was found by one of the looks at a domain.
package struct Check: Hashable, Sendable {
    package var id: CheckID
    package var findings: [Finding]

    init(_ id: CheckID, _ findings: [Finding]) {
        self.id = id
        self.findings = findings.sorted { $0.status > $1.status }
    }

    /// That of the worst finding.
    package var status: CheckStatus { findings.first?.status ?? .ok }
    /// Sentences without a final full stop, the worst first.
    package var summary: String { findings.map(\.summary).joined(separator: "; ") }
    package var found: [String] { unique(\.found) }
    package var expected: [String] { unique(\.expected) }
    package var remedy: [String] { unique(\.remedy) }

    private func unique(_ lines: KeyPath<Finding, [String]>) -> [String] {
        var known: Set<String> = []
        return findings.flatMap { $0[keyPath: lines] }.filter { known.insert($0).inserted }
    }
}

/// One statement of a check.
package struct Finding: Hashable, Sendable {
    package var status: CheckStatus
    package var summary: String
    /// What is, in zone-file form where it is a record.
    package var found: [String]
    /// What should be, in the same form.
    package var expected: [String]
    /// The records to enter, or else what to do.
    package var remedy: [String]

    init(
        _ status: CheckStatus, _ summary: String, found: [String] = [], expected: [String] = [], remedy: [String] = []
    ) {
        self.status = status
        self.summary = Self.bounded(summary)
        self.found = Self.bounded(found)
        self.expected = Self.bounded(expected)
        self.remedy = Self.bounded(remedy)
    }

    /// What a name server can make a line, and the lines, as long as it likes: the maximum number of lines, and of characters in each.
    static let maximumLines = 20
    static let maximumLength = 2_000

    private static func bounded(_ lines: [String]) -> [String] {
        lines.prefix(maximumLines).map(bounded) + (lines.count > maximumLines ? ["… (\(lines.count - maximumLines) more)"] : [])
    }

    private static func bounded(_ line: String) -> String {
        // Its octets are counted first: they are as many as characters, or more.
        line.utf8.count > maximumLength ? line.prefix(maximumLength) + "…" : line
    }
}

/// How a check went; a later case is worse.
package enum CheckStatus: String, Hashable, Sendable, Comparable, CaseIterable {
    case ok
    /// Good to know; nothing has to change.
    case info
    /// It could not be looked at.
    case unknown
    case warning
    case error

    package static func < (left: CheckStatus, right: CheckStatus) -> Bool { left.rank < right.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// What stands for the whole domain.
package enum Verdict: String, Hashable, Sendable, CaseIterable {
    case ok
    case warning
    case error
}

/// What a check looks at.
package enum CheckID: String, Hashable, Sendable, CaseIterable {
    /// The one CNAME at the challenge's name.
    case cname
    /// Whether all name servers of the customer's zone say the same.
    case cnameEverywhere = "cname-everywhere"
    /// The delegation of the delegates' zone, and its name servers.
    case delegation
    /// Whether all of these have the newest values.
    case propagation
    /// The CAA records that count.
    case caa
    case caaSpelling = "caa-spelling"
    case caaWildcard = "caa-wildcard"
    /// Whether the authorities that are allowed know RFC 8657.
    case rfc8657
    case dnssec
    /// Other ways to a certificate for the domain than the delegate.
    case otherWays = "other-ways"
    /// The customer's own name, and the certificate of the server's API.
    case mailAndHost = "mail-and-host"
    /// When values were published, and which networks asked for them.
    case asked
}
