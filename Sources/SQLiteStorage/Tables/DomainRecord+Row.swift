import DNS
import Delegates
import GRDB

extension DomainRecord {
    static let columns = "delegate.name, domain, declared_at, checked_at, verdict, verified_since, findings"
    static let select = """
        SELECT \(columns) FROM delegate_domain JOIN delegate ON delegate.id = delegate_domain.delegate_id

        """

    init(row: Row) throws {
        func moment(_ column: Int) -> Timestamp? {
            (row[column] as Int64?).map { Timestamp(secondsSinceEpoch: $0) }
        }
        let (domain, verdict): (String, String) = (row[1], row[4])
        self.init(
            delegate: try DomainName(row[0] as String), domain: try DeclaredDomain(stored: domain),
            declared: Timestamp(secondsSinceEpoch: row[2]), verifiedSince: moment(5))
        guard let time = moment(3) else { return }
        guard let verdict = DomainCheck.Verdict(rawValue: verdict), let findings = Self.findings(row[6]) else {
            throw StorageError.unavailable("the verdict on “\(domain)” cannot be read: the file is damaged")
        }
        lastLook = Look(time: time, verdict: verdict, findings: findings)
    }

    /// The findings as the database stores them.
    var storedFindings: String {
        (lastLook?.findings ?? []).map { "\($0.check):\($0.status.rawValue)" }.joined(separator: " ")
    }

    private static func findings(_ text: String) -> [DomainCheck.Finding]? {
        let findings = text.split(separator: " ").map { part -> DomainCheck.Finding? in
            let parts = part.split(separator: ":")
            guard parts.count == 2, let status = DomainCheck.Finding.Status(rawValue: String(parts[1])) else { return nil }
            return DomainCheck.Finding(check: String(parts[0]), status: status)
        }
        return findings.contains(nil) ? nil : findings.compactMap(\.self)
    }
}

extension DeclaredDomain {
    /// - Throws: ``StorageError/unavailable(_:)``: a refusal would be taken for a rule's.
    init(stored text: String) throws(StorageError) {
        guard let domain = try? DeclaredDomain(text) else {
            throw .unavailable("“\(text)” is not a domain: the file is damaged")
        }
        self = domain
    }
}
