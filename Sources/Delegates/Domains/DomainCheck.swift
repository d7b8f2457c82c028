/// The outcome of a look at a declared domain.
package struct DomainCheck: Hashable, Sendable {
    package var verdict: Verdict
    /// Whether the domain's CNAME leads to the delegate; `nil` if that could not be found out, and what was known before still counts.
    package var leadsHere: Bool?
    /// The checks whose outcome is not `ok`, the worst first.
    package private(set) var findings: [Finding]

    package enum Verdict: String, CaseIterable, Sendable {
        case ok
        case warning
        case error
        /// The look failed: nothing follows about the domain.
        case unknown
    }

    /// A check whose outcome is not `ok`.
    package struct Finding: Hashable, Sendable {
        /// The id of the check, like `caa-spelling`.
        package let check: String
        package let status: Status

        package enum Status: String, CaseIterable, Sendable {
            case info
            case warning
            case error
            case unknown
        }

        /// The maximum number of characters of an id.
        package static let maximumLength = 32

        /// - Parameter check: 1 to ``maximumLength`` of a to z, 0 to 9 and `-`.
        /// - Returns: `nil` if the id has another form.
        package init?(check: String, status: Status) {
            let isPlain = check.utf8.allSatisfy { octet in
                switch octet {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
                default: false
                }
            }
            guard isPlain, 1...Self.maximumLength ~= check.utf8.count else { return nil }
            self.check = check
            self.status = status
        }
    }

    /// The maximum number of findings that are kept.
    package static let maximumFindings = 32

    /// - Parameter findings: the worst first; those beyond ``maximumFindings`` are dropped.
    package init(_ verdict: Verdict, leadsHere: Bool?, findings: [Finding] = []) {
        self.verdict = verdict
        self.leadsHere = leadsHere
        self.findings = Array(findings.prefix(Self.maximumFindings))
    }
}
