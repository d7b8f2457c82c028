/// A table that each database has, with the same rows.
package struct StoredTable: Sendable {
    package var name: String
    package var columns: [Column]
    /// The columns of its primary key, in whose order rows are copied; empty for a table of one row, which is there already.
    package var key: [String]

    package struct Column: Sendable {
        package var name: String
        package var kind: Kind
    }

    package enum Kind: Sendable {
        case integer
        case text
        case octets
        /// 0 or 1 where a database has no such kind.
        case boolean
    }

    private init(_ name: String, key: [String], _ columns: [(String, Kind)]) {
        self.name = name
        self.key = key
        self.columns = columns.map { Column(name: $0.0, kind: $0.1) }
    }

    /// The names of the columns, with commas between.
    package var columnList: String { columns.map(\.name).joined(separator: ", ") }

    /// The places of the key's columns among all.
    package var keyPlaces: [Int] { key.compactMap { name in columns.firstIndex { $0.name == name } } }

    /// All tables, in an order in which no row refers to one that comes later.
    package static let all = [
        StoredTable(
            "registration_token", key: ["label"],
            [
                ("label", .text), ("key_sha256", .octets), ("created_at", .integer), ("expires_at", .integer),
                ("revoked_at", .integer), ("quota", .integer), ("used", .integer),
            ]),
        StoredTable(
            "delegate", key: ["id"],
            [
                ("id", .integer), ("name", .text), ("enrolled_at", .integer), ("first_published_at", .integer),
                ("disabled_at", .integer), ("deleted_at", .integer), ("prepared_for", .text), ("enrolled_from", .text),
            ]),
        StoredTable("delegate_group", key: ["label"], [("label", .text), ("created_at", .integer)]),
        StoredTable(
            "group_member", key: ["group_label", "delegate_id"], [("group_label", .text), ("delegate_id", .integer)]),
        StoredTable(
            "challenge_value", key: ["delegate_id", "value"],
            [("delegate_id", .integer), ("value", .text), ("sequence", .integer), ("published_at", .integer)]),
        StoredTable(
            "credential", key: ["username"],
            [
                ("username", .text), ("delegate_id", .integer), ("group_label", .text), ("key_sha256", .octets),
                ("key_bcrypt", .text), ("label", .text), ("allowed_networks", .text), ("created_at", .integer),
                ("expires_at", .integer), ("last_used_at", .integer), ("last_used_from", .text), ("sequence", .integer),
            ]),
        StoredTable(
            "credential_network", key: ["username", "network"],
            [("username", .text), ("network", .text), ("first_used_at", .integer)]),
        StoredTable(
            "delegate_domain", key: ["domain", "delegate_id"],
            [
                ("domain", .text), ("delegate_id", .integer), ("declared_at", .integer), ("checked_at", .integer),
                ("verdict", .text), ("verified_since", .integer), ("findings", .text),
            ]),
        StoredTable(
            "zone_serial", key: ["zone"],
            [
                ("zone", .text), ("serial_offset", .integer), ("counts_changes", .boolean), ("content_sha256", .octets),
                ("file_serial", .integer), ("floor", .integer), ("revision", .integer),
            ]),
        StoredTable(
            "change_feed", key: ["number", "part"],
            [
                ("number", .integer), ("part", .integer), ("places", .integer), ("time", .integer), ("kind", .text),
                ("name", .text), ("detail", .text),
            ]),
        StoredTable(
            "audit_entry", key: ["number"],
            [
                ("number", .integer), ("time", .integer), ("kind", .text), ("actor", .text), ("address", .text),
                ("delegate", .text), ("detail", .text), ("digest", .octets),
            ]),
        StoredTable("audit_beginning", key: [], [("number", .integer), ("digest", .octets)]),
        StoredTable("feed", key: [], [("name", .text)]),
        StoredTable("change_sequence", key: [], [("number", .integer), ("shown_number", .integer)]),
    ]
}

/// A field of a row, whatever database has it.
package enum StoredValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case text(String)
    case octets([UInt8])
}
