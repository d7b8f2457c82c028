/// What an examination has found.
package struct Diagnosis: Hashable, Sendable {
    package var checks: [Check]
    package var issuance: [IssuanceRow]
    /// Whether the CNAME leads to the delegate that was given, as most name servers have it; `nil` if none was given, or it was not found
    /// out.
    package var leadsToDelegate: Bool?

    package var verdict: Verdict {
        let worst = checks.map(\.status).max() ?? .ok
        return switch worst {
        case .ok, .info: .ok
        // What cannot be seen may be wrong.
        case .unknown, .warning: .warning
        case .error: .error
        }
    }

    /// Those that somebody should look at, the worst first.
    package var troubles: [Check] {
        checks.filter { $0.status > .info }.sorted { $0.status > $1.status }
    }
}
