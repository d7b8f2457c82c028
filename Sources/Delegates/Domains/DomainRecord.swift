package import DNS

/// What the storage knows of a domain that a delegate has declared.
package struct DomainRecord: Hashable, Sendable {
    package var delegate: DomainName
    package var domain: DeclaredDomain
    package var declared: Timestamp
    /// The last look at it; `nil` if there was none.
    package var lastLook: Look?
    /// Since when the domain's CNAME leads to the delegate, as far as looks at it have shown; `nil` if the last one that could tell says
    /// otherwise, or if there was none.
    package var verifiedSince: Timestamp?

    package struct Look: Hashable, Sendable {
        package var time: Timestamp
        package var verdict: DomainCheck.Verdict
        /// At most ``DomainCheck/maximumFindings``.
        package var findings: [DomainCheck.Finding]

        package init(time: Timestamp, verdict: DomainCheck.Verdict, findings: [DomainCheck.Finding]) {
            self.time = time
            self.verdict = verdict
            self.findings = findings
        }
    }

    package init(
        delegate: DomainName, domain: DeclaredDomain, declared: Timestamp, lastLook: Look? = nil,
        verifiedSince: Timestamp? = nil
    ) {
        self.delegate = delegate
        self.domain = domain
        self.declared = declared
        self.lastLook = lastLook
        self.verifiedSince = verifiedSince
    }

    /// The domain's place among those that are looked at: since when it waits.
    package var waitsSince: Timestamp { lastLook?.time ?? declared }

    package var state: DomainState {
        switch lastLook?.verdict {
        case .ok: .ok
        case .warning: .warning
        case .error: .error
        case .unknown: .unknown
        case nil: .unchecked
        }
    }

    /// The record after another look.
    func looked(_ check: DomainCheck, at time: Timestamp) -> DomainRecord {
        var record = self
        record.lastLook = Look(time: time, verdict: check.verdict, findings: check.findings)
        if let leadsHere = check.leadsHere { record.verifiedSince = leadsHere ? verifiedSince ?? time : nil }
        return record
    }
}

/// The verdict on a domain, or that it was never looked at.
package enum DomainState: String, CaseIterable, Sendable {
    case ok
    case warning
    case error
    case unknown
    case unchecked
}

/// The declared domains that an operator wants to see.
package struct DomainFilter: Hashable, Sendable {
    package var state: DomainState?
    package var delegate: DomainName?

    package init(state: DomainState? = nil, delegate: DomainName? = nil) {
        self.state = state
        self.delegate = delegate
    }
}

/// The place of a declared domain in the order of all: by domain, then by delegate.
package struct DomainPlace: Hashable, Sendable, CustomStringConvertible {
    package var domain: DeclaredDomain
    package var delegate: DomainName

    package init(domain: DeclaredDomain, delegate: DomainName) {
        self.domain = domain
        self.delegate = delegate
    }

    /// Reads a place as ``description`` writes it.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let domain = try? DeclaredDomain(String(parts[0])), let delegate = try? DomainName(parts[1])
        else { return nil }
        self.init(domain: domain, delegate: delegate.lowercased)
    }

    /// The domain, a slash and the delegate, without final dots.
    package var description: String { "\(domain)/\(delegate.lowercased.withoutFinalDot)" }
}

/// A page of declared domains, and where the next one begins.
package struct DomainPage: Hashable, Sendable {
    package var records: [DomainRecord]
    /// The place after which the next page begins; `nil` if there are no more.
    package var next: DomainPlace?

    package init(records: [DomainRecord], next: DomainPlace?) {
        self.records = records
        self.next = next
    }
}
