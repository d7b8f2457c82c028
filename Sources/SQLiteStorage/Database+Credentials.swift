import DNS
import Delegates
import Foundation
import GRDB

extension Database {
    /// Everything that a table of credentials has to know.
    func credentialContents(_ table: CredentialTable) throws -> CredentialTable.Contents {
        var contents = CredentialTable.Contents()
        contents.reserve(try Int.fetchOne(self, sql: "SELECT count(*) FROM credential") ?? 0)
        for label in try String.fetchAll(self, sql: "SELECT label FROM delegate_group") {
            let members = try String.fetchAll(
                self,
                sql: """
                    SELECT name FROM delegate JOIN group_member ON group_member.delegate_id = delegate.id
                    WHERE group_label = ?
                    """, arguments: [label])
            table.add(
                group: try OperatorLabel(stored: label), try members.map { try DomainName($0) }, to: &contents)
        }
        for name in try String.fetchAll(self, sql: "SELECT name FROM delegate WHERE disabled_at IS NOT NULL") {
            table.add(disabled: try DomainName(name), to: &contents)
        }
        let rows = try Row.fetchCursor(
            self,
            sql: """
                SELECT username, key_sha256, key_bcrypt, delegate.name, group_label, allowed_networks, expires_at
                FROM credential LEFT JOIN delegate ON delegate.id = credential.delegate_id
                """)
        while let row = try rows.next() { table.add(try HeldCredential(row: row), to: &contents) }
        return contents
    }
}

extension HeldCredential {
    fileprivate init(row: Row) throws {
        let (username, check, scope) = try Credential.identity(row)
        let networks: String = row[5]
        self.init(
            username: username, check: check, scope: scope,
            allowedNetworks: networks.isEmpty
                ? .all : AllowedNetworks(stored: networks.split(separator: " ").map(String.init)),
            expires: (row[6] as Int64?).map { Timestamp(secondsSinceEpoch: $0) })
    }
}
