extension DomainRecord {
    /// What another look at the domain changes, for the history, like `example.com error, was ok, not verified any more: cname error`.
    ///
    /// - Returns: `nil` if verdict and verification stay: the history would fill with looks.
    func news(of check: DomainCheck) -> String? {
        let next = looked(check, at: waitsSince)
        let isVerified = next.verifiedSince != nil
        let verification = isVerified == (verifiedSince != nil) ? nil : isVerified ? "verified" : "not verified any more"
        guard next.state != state || verification != nil else { return nil }
        let verdict = next.state == state ? "still \(state.rawValue)" : "\(next.state.rawValue), was \(state.rawValue)"
        let findings = check.findings.map { "\($0.check) \($0.status.rawValue)" }.joined(separator: ", ")
        return ["\(domain) \(verdict)", verification].compactMap(\.self).joined(separator: ", ")
            + (findings.isEmpty ? "" : ": \(findings)")
    }
}
