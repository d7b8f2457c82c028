import FoundationEssentials
import GRDB

/// An account as it is in an acme-dns database. Nothing is checked except that it is text.
///
/// It contains what acme-dns keeps of a key: it must not be logged.
package struct AcmeDNSAccount: Hashable, Sendable {
    /// The number of the row in `records`, after which the next batch begins.
    package let row: Int64
    package let username: String
    package let passwordHash: String
    package let subdomain: String
    /// The list as it was given at registration; empty entries are possible. JSON's `null` is an empty list.
    package let allowFrom: [String]
    /// The oldest first. acme-dns keeps empty values, which stand for none and are left out here.
    package private(set) var values: [Value] = []
    /// The number of further values that are not UTF-8.
    package private(set) var unreadableValueCount = 0
    /// Why the row cannot be used; the parts that could not be read are then empty. `nil` if it can be used.
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
        // acme-dns hands the hash to SQLite as octets, which makes it a BLOB in a TEXT column.
        passwordHash = column(3, "password hash", isBlobText: true)
        subdomain = column(5, "subdomain")
        // acme-dns refuses an account whose list is missing or empty, so no account in use is lost.
        let allowFrom = column(7, "list of allowed networks", isBlobText: true)
        let networks = Self.list(allowFrom)
        if networks == nil, row[7] != "null" {
            problems.append("its list of allowed networks is not a JSON array of strings")
        }
        self.allowFrom = networks ?? []
        problem = problems.isEmpty ? nil : problems.joined(separator: ", ")
    }

    /// - Parameter rows: octets and a time each.
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

    /// The list as Go reads it: `null` is an empty list, and in a list an empty text. `nil` if it is not a JSON array of texts.
    private static func list(_ text: String) -> [String]? {
        // Most accounts have one of these.
        guard text != "[]", text != "null" else { return [] }
        do {
            return try JSONDecoder().decode([String?]?.self, from: Data(text.utf8))?.map { $0 ?? "" } ?? []
        } catch {
            // The kind of error makes no difference.
            return nil
        }
    }
}
