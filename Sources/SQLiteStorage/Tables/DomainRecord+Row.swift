import DNS
import Delegates
import GRDB
import StorageParts

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
        lastLook = try moment(3).map { time throws(StorageError) in
            try Look(storedAt: time, verdict: verdict, findings: row[6], domain: domain)
        }
    }
}
