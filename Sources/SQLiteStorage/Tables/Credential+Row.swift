import DNS
import Delegates
import Foundation
import GRDB
import StorageParts

extension Credential {
    private static let select = """
        SELECT username, key_sha256, key_bcrypt, delegate.name, group_label, label, allowed_networks, created_at, expires_at,
            last_used_at, last_used_from, delegate.disabled_at IS NOT NULL
        FROM credential LEFT JOIN delegate ON delegate.id = credential.delegate_id

        """

    private static let selectByUsername = select + "WHERE username = ?"

    static func find(_ username: UniqueID, in database: Database) throws -> Credential? {
        try database.firstRow(selectByUsername, [username.description]) { try Credential(row: $0) }
    }

    static func all(of scope: Scope, in database: Database) throws -> [Credential] {
        let (condition, argument) =
            switch scope {
            case .delegate(let name):
                ("delegate_id = (SELECT id FROM delegate WHERE name = ?)", name.storedText)
            case .group(let label): ("group_label = ?", label.description)
            }
        let select = try database.cachedStatement(
            sql: select + "WHERE \(condition) ORDER BY credential.sequence, credential.created_at, username")
        return try Row.fetchAll(select, arguments: [argument]).map { try Credential(row: $0) }
    }

    private init(row: Row) throws {
        let username = try UniqueID(storedUsername: row[0])
        let expires: Int64? = row[8]
        let used: Int64? = row[9]
        let address: String? = row[10]
        self.init(
            username: username,
            check: try KeyCheck(storedDigest: (row[1] as Data?).map { Array($0) }, hash: row[2], of: username),
            scope: try Self.scope(of: row), label: row[5],
            allowedNetworks: AllowedNetworks(storedText: row[6]),
            created: Timestamp(secondsSinceEpoch: row[7]), expires: expires.map { Timestamp(secondsSinceEpoch: $0) },
            lastUse: used.map { Use(time: Timestamp(secondsSinceEpoch: $0), address: address) }, isDisabled: row[11])
    }

    private static func scope(of row: Row) throws -> Scope {
        if let name = row[3] as String? { return .delegate(try DomainName(name)) }
        return .group(try OperatorLabel(stored: row[4] as String? ?? ""))
    }
}
