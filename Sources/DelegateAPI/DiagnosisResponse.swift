/// What the doctor found, in the API and in the command's JSON.
package struct DiagnosisResponse: Codable, Hashable, Sendable {
    /// Without the final dot.
    package var domain: String
    /// `ok`, `warning` or `error`.
    package var verdict: String
    package var checks: [CheckDescription]
    package var issuance: [IssuanceDescription]
    /// `nil` unless the command was asked to probe.
    package var probe: ProbeDescription?

    package init(
        domain: String, verdict: String, checks: [CheckDescription], issuance: [IssuanceDescription],
        probe: ProbeDescription? = nil
    ) {
        self.domain = domain
        self.verdict = verdict
        self.checks = checks
        self.issuance = issuance
        self.probe = probe
    }
}

package struct CheckDescription: Codable, Hashable, Sendable {
    package var id: String
    /// `ok`, `info`, `unknown`, `warning` or `error`.
    package var status: String
    package var summary: String
    /// Records in zone-file form, or other lines.
    package var found: [String]
    package var expected: [String]
    package var remedy: [String]

    package init(id: String, status: String, summary: String, found: [String], expected: [String], remedy: [String]) {
        self.id = id
        self.status = status
        self.summary = summary
        self.found = found
        self.expected = expected
        self.remedy = remedy
    }
}

package struct IssuanceDescription: Codable, Hashable, Sendable {
    /// The authority's name in CAA records.
    package var authority: String
    /// The account's URI, or `other` for every account that was not given.
    package var account: String
    package var method: String
    package var wildcard: Bool
    package var allowed: Bool
    package var because: String

    package init(authority: String, account: String, method: String, wildcard: Bool, allowed: Bool, because: String) {
        self.authority = authority
        self.account = account
        self.method = method
        self.wildcard = wildcard
        self.allowed = allowed
        self.because = because
    }
}
