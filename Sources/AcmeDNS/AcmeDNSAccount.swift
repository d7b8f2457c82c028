import FoundationEssentials

/// An account as it is in an acme-dns database. Nothing is checked except that it is text.
///
/// It contains what acme-dns keeps of a key: it must not be logged.
package struct AcmeDNSAccount: Hashable, Sendable {
    /// The number of the row in `records`, after which the next batch begins. PostgreSQL's rows have none: there they are counted.
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

    /// A text as the database has it.
    typealias Field = Result<String, UnreadableText>

    enum UnreadableText: String, Error {
        case missing = "is missing"
        case otherType = "is not text"
        case notUTF8 = "is not UTF-8"
    }

    init(row: Int64, username: Field, passwordHash: Field, subdomain: Field, allowFrom: Field) {
        var problems: [String] = []
        func text(_ field: Field, _ name: String) -> String {
            switch field {
            case .success(let text): return text
            case .failure(let reason):
                problems.append("its \(name) \(reason.rawValue)")
                return ""
            }
        }
        self.row = row
        self.username = text(username, "user name")
        self.passwordHash = text(passwordHash, "password hash")
        self.subdomain = text(subdomain, "subdomain")
        // acme-dns refuses an account whose list is missing or empty, so no account in use is lost.
        let networks = Self.list(text(allowFrom, "list of allowed networks"))
        if networks == nil, allowFrom != .failure(.missing) {
            problems.append("its list of allowed networks is not a JSON array of strings")
        }
        self.allowFrom = networks ?? []
        problem = problems.isEmpty ? nil : problems.joined(separator: ", ")
    }

    /// - Parameters:
    ///   - value: the octets of a value.
    ///   - time: in seconds since 1970.
    mutating func addValue(_ value: some Collection<UInt8>, at time: Int64) {
        if let text = String(validating: value, as: UTF8.self) {
            values.append(Value(text: text, lastUpdate: time))
        } else {
            unreadableValueCount += 1
        }
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

extension AcmeDNSAccount.Field {
    /// - Parameter octets: `nil` for null.
    init(_ octets: (some Collection<UInt8>)?) {
        guard let octets else {
            self = .failure(.missing)
            return
        }
        self = String(validating: octets, as: UTF8.self).map { .success($0) } ?? .failure(.notUTF8)
    }
}
