/// A domain that a delegate is for. Times are in UTC, in the format of RFC 3339.
package struct DomainDescription: Codable, Hashable, Sendable {
    /// A check of the domain whose outcome is not `ok`.
    package struct Finding: Codable, Hashable, Sendable {
        /// The id of the check.
        package var check: String
        /// `info`, `warning`, `error` or `unknown`.
        package var status: String

        package init(check: String, status: String) {
            self.check = check
            self.status = status
        }
    }

    /// Without the final dot.
    package var domain: String
    /// The delegate's name without the final dot.
    package var delegate: String
    /// The record that the domain's zone needs.
    package var cname: String
    package var declared: String
    /// Whether the CNAME leads to the delegate, as far as looks at the domain have shown.
    package var verified: Bool
    /// Since when it does; `nil` if it does not.
    package var verifiedSince: String?
    /// `ok`, `warning`, `error`, `unknown` or `unchecked`.
    package var verdict: String
    /// When the domain was last looked at; `nil` if it never was.
    package var checked: String?
    /// The worst first.
    package var findings: [Finding]

    package init(
        domain: String, delegate: String, cname: String, declared: String, verifiedSince: String?, verdict: String,
        checked: String?, findings: [Finding]
    ) {
        self.domain = domain
        self.delegate = delegate
        self.cname = cname
        self.declared = declared
        verified = verifiedSince != nil
        self.verifiedSince = verifiedSince
        self.verdict = verdict
        self.checked = checked
        self.findings = findings
    }
}

/// The response to `GET domains` of the holder's API, and to `GET delegates/{name}/domains` of the operator's.
package struct DomainListResponse: Codable, Hashable, Sendable {
    /// In their order.
    package var domains: [DomainDescription]

    package init(domains: [DomainDescription]) {
        self.domains = domains
    }
}

/// The response to `GET domains` of the operator's API.
package struct DomainPageResponse: Codable, Hashable, Sendable {
    /// In the order of the domains and, for each, of its delegates.
    package var domains: [DomainDescription]
    /// The value of `after` for the next page; `nil` on the last page.
    package var next: String?

    package init(domains: [DomainDescription], next: String?) {
        self.domains = domains
        self.next = next
    }
}
