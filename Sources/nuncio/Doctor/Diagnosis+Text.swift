import DNS
import Doctor

/// The diagnosis for people: the line that matters, what is wrong, the worst first, and who may issue.
extension Diagnosis {
    func printed(for domain: DomainName) throws {
        for line in lines(for: domain.withoutFinalDot) { try printToStandardOutput(line) }
    }

    func lines(for domain: String) -> [String] {
        var lines = others(for: domain)
        lines.append("")
        for check in troubles { lines += Self.lines(check) }
        let quiet = checks.filter { $0.status <= .info }
        if troubles.isEmpty { lines.append("All is well with \(domain).") }
        for check in quiet where check.status == .info { lines.append("  note     \(check.id.rawValue): \(check.summary)") }
        let fine = quiet.filter { $0.status == .ok }.map(\.id.rawValue)
        if !fine.isEmpty { lines.append("  fine     \(fine.joined(separator: ", "))") }
        lines.append("")
        lines += table
        return lines
    }

    /// Whether accounts that were not given, or else not named by the records, can obtain a certificate.
    private func others(for domain: String) -> [String] {
        guard !issuance.isEmpty else {
            return [
                "It is not known whether another account can obtain a certificate for \(domain): the CAA records were not found out"
            ]
        }
        var authorities: [String] = []
        for row in issuance where !authorities.contains(row.authority) { authorities.append(row.authority) }
        return authorities.map { authority in
            let allowed = issuance.filter { $0.authority == authority && $0.account == "other" && $0.isAllowed }
            guard let first = allowed.first else {
                return "Another account of \(authority) can obtain a certificate for \(domain): no"
            }
            var methods: [String] = []
            for row in allowed where !methods.contains(row.method) { methods.append(row.method) }
            return
                "Another account of \(authority) can obtain a certificate for \(domain): YES, by \(methods.joined(separator: ", ")): "
                + first.because
        }
    }

    private static func lines(_ check: Check) -> [String] {
        check.findings.filter { $0.status > .info }.flatMap { finding -> [String] in
            let word =
                switch finding.status {
                case .error: "ERROR  "
                case .warning: "WARNING"
                case .ok, .info, .unknown: "UNKNOWN"
                }
            var lines = ["  \(word)  \(check.id.rawValue): \(finding.summary)"]
            let toDo = finding.remedy == finding.expected ? [] : finding.remedy
            for (title, texts) in [("is", finding.found), ("should be", finding.expected), ("to do", toDo)] {
                for (index, text) in texts.enumerated() {
                    let head = index == 0 ? title : ""
                    lines.append("           " + head + String(repeating: " ", count: 11 - head.count) + text)
                }
            }
            return lines
        }
    }

    private var table: [String] {
        guard !issuance.isEmpty else { return [] }
        var table = TextTable("AUTHORITY", "ACCOUNT", "METHOD", "FOR", "MAY ISSUE", "BECAUSE")
        for row in issuance {
            table.add([
                row.authority, row.account, row.method, row.isWildcard ? "wildcard" : "name", row.isAllowed ? "yes" : "no",
                row.because,
            ])
        }
        return table.lines
    }
}
