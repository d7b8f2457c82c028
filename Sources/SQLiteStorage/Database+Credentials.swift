import DNS
import Delegates
import GRDB
import StorageParts

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
        let rows = try StatementRow.fetchCursor(
            self,
            sql: """
                SELECT username, key_sha256, delegate.name, group_label, allowed_networks, expires_at
                FROM credential LEFT JOIN delegate ON delegate.id = credential.delegate_id
                """)
        while let row = try rows.next() { try row.addCredential(to: &contents, of: table) }
        return contents
    }
}

extension StatementRow {
    fileprivate func addCredential(to contents: inout CredentialTable.Contents, of table: CredentialTable) throws {
        guard let username = withText(0, { UniqueID($0) }) else {
            throw StorageError.damaged("“\(text(0))” is not a user name")
        }
        table.add(
            username, digest: isNull(1) ? nil : KeyDigest(octets: octets(1)),
            scope: isNull(2) ? .group(try OperatorLabel(stored: text(3))) : .delegate(try DomainName(text(2))),
            allowedNetworks: AllowedNetworks(storedText: text(4)),
            expires: isNull(5) ? nil : Timestamp(secondsSinceEpoch: number(5)), to: &contents)
    }
}
