import FoundationEssentials
import GRDB

/// An account as it stands in an acme-dns database: nothing is checked but that it is text.
///
/// It has what acme-dns keeps of a key: not for logs.
package struct AcmeDNSAccount: Hashable, Sendable {
    /// Of the row in `records`; the place after which the next batch begins.
    package let row: Int64
    package let username: String
    package let passwordHash: String
    package let subdomain: String
    /// As it was given at registration; empty entries are possible. JSON's `null` is an empty list.
    package let allowFrom: [String]
    /// The oldest first. acme-dns keeps empty ones, which stand for none and are left out here.
    package private(set) var values: [Value] = []
    /// How many more there are that are not UTF-8.
    package private(set) var unreadableValueCount = 0
    /// Why the row cannot be used; what of it could not be read is empty then.
    package let problem: String?

    package struct Value: Hashable, Sendable {
        package let text: String
        /// In seconds since 1970; 0 if the database has no number there.
        package let lastUpdate: Int64
    }

    init(row: Row) {
        var problems: [String] = []
        func column(_ index: Int, _ name: String, isBlobText: Bool = false) -> String {
            switch Self.text(type: row[index], octets: row[index + 1], isBlobText: isBlobText) {
            case .success(let text): return text
            case .failure(let reason):
                problems.append("its \(name) \(reason.rawValue)")
                return ""
            }
        }
        self.row = row[0]
        username = column(1, "user name")
        // acme-dns hands the hash to SQLite as octets, which makes it a BLOB in a column of TEXT.
        passwordHash = column(3, "password hash", isBlobText: true)
        subdomain = column(5, "subdomain")
        // Where it is missing or empty, acme-dns refuses the account, and so there is none that could be missed.
        let allowFrom = column(7, "list of allowed networks", isBlobText: true)
        let networks = Self.list(allowFrom)
        if networks == nil, row[7] != "null" {
            problems.append("its list of allowed networks is not a JSON array of texts")
        }
        self.allowFrom = networks ?? []
        problem = problems.isEmpty ? nil : problems.joined(separator: ", ")
    }

    /// - Parameter rows: of octets and a time each.
    mutating func addValues(_ rows: RowCursor) throws {
        while let row = try rows.next() {
            if let text = String(validating: row[0] as Data, as: UTF8.self) {
                values.append(Value(text: text, lastUpdate: row[1]))
            } else {
                unreadableValueCount += 1
            }
        }
    }

    private enum UnreadableText: String, Error {
        case missing = "is missing"
        case otherType = "is not text"
        case notUTF8 = "is not UTF-8"
    }

    private static func text(type: String, octets: Data?, isBlobText: Bool) -> Result<String, UnreadableText> {
        guard type != "null" else { return .failure(.missing) }
        guard type == "text" || type == "blob" && isBlobText else { return .failure(.otherType) }
        return String(validating: octets ?? Data(), as: UTF8.self).map { .success($0) } ?? .failure(.notUTF8)
    }

    /// As Go reads it, for which `null` is nothing, in a list an empty text.
    private static func list(_ text: String) -> [String]? {
        do {
            return try JSONDecoder().decode([String?]?.self, from: Data(text.utf8))?.map { $0 ?? "" } ?? []
        } catch {
            // Which of its many ways of being wrong it took makes no difference to anybody.
            return nil
        }
    }
}
