import Delegates
import Foundation
import GRDB
import StorageParts

extension RegistrationToken {
    private static let select =
        "SELECT label, key_sha256, created_at, expires_at, revoked_at, quota, used FROM registration_token "

    static func find(_ label: OperatorLabel, in database: Database) throws -> RegistrationToken? {
        let find = try database.cachedStatement(sql: select + "WHERE label = ?")
        return try Row.fetchOne(find, arguments: [label.description]).map { try RegistrationToken(row: $0) }
    }

    static func find(_ digest: KeyDigest, in database: Database) throws -> RegistrationToken? {
        let find = try database.cachedStatement(sql: select + "WHERE key_sha256 = ?")
        return try Row.fetchOne(find, arguments: [Data(digest.octets)]).map { try RegistrationToken(row: $0) }
    }

    static func all(in database: Database) throws -> [RegistrationToken] {
        try Row.fetchAll(database, sql: select + "ORDER BY label").map { try RegistrationToken(row: $0) }
    }

    private init(row: Row) throws {
        let digest: Data = row[1]
        let expires: Int64? = row[3]
        let revoked: Int64? = row[4]
        self.init(
            label: try OperatorLabel(stored: row[0] as String), digest: KeyDigest(octets: Array(digest)),
            created: Timestamp(secondsSinceEpoch: row[2]), expires: expires.map { Timestamp(secondsSinceEpoch: $0) },
            revoked: revoked.map { Timestamp(secondsSinceEpoch: $0) }, quota: row[5], used: row[6])
    }
}

extension Database {
    func hasGroup(_ label: OperatorLabel) throws -> Bool {
        let find = try cachedStatement(sql: "SELECT 1 FROM delegate_group WHERE label = ?")
        return try Bool.fetchOne(find, arguments: [label.description]) ?? false
    }
}
