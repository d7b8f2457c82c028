package import DNS
package import Delegates
import PostgreSQL
import StorageParts

extension PostgreSQLDelegateStorage {
    // MARK: Delegates and credentials

    package func credential(of username: UniqueID) async throws(StorageError) -> Credential? {
        try await read(Credential.select + "WHERE username = $1", [.text(username.description)]) { try Credential(row: $0) }
            .first
    }

    package func credentials(of scope: Credential.Scope) async throws(StorageError) -> [Credential] {
        let (condition, argument) = scope.condition
        return try await read(
            Credential.select + condition + " ORDER BY sequence, created_at, username", [.text(argument)]
        ) { try Credential(row: $0) }
    }

    package func delegate(_ name: DomainName) async throws(StorageError) -> DelegateRecord? {
        try await read(DelegateRecord.select + "WHERE name = $1", [.text(name.storedText)]) { try DelegateRecord(row: $0) }
            .first
    }

    package func delegates(
        _ filter: DelegateFilter, after name: DomainName?, maximum: Int
    ) async throws(StorageError) -> DelegatePage {
        try await DelegateSearch(filter, after: name, maximum: maximum).page { statement throws(StorageError) in
            try await read([statement])[0]
        }
    }

    package func unusedDelegates(
        enrolledBefore moment: Timestamp, maximum: Int
    ) async throws(StorageError) -> [DomainName] {
        try await read(
            """
            SELECT name FROM delegate
            WHERE first_published_at IS NULL AND deleted_at IS NULL AND disabled_at IS NULL AND enrolled_at < $1
            ORDER BY enrolled_at, id LIMIT $2
            """, [.integer(moment.secondsSinceEpoch), .integer(Int64(maximum))]
        ) { try DomainName($0.text(0)) }
    }

    // MARK: Groups and tokens

    package func groups() async throws(StorageError) -> [GroupRecord] {
        try await read(
            """
            SELECT label, created_at, (SELECT count(*) FROM group_member WHERE group_label = delegate_group.label),
                (SELECT count(*) FROM credential WHERE group_label = delegate_group.label)
            FROM delegate_group ORDER BY label
            """
        ) { row in
            GroupRecord(
                label: try OperatorLabel(stored: row.text(0)), created: try row.moment(1),
                memberCount: Int(try row.integer(2)), credentialCount: Int(try row.integer(3)))
        }
    }

    package func groups(with member: DomainName) async throws(StorageError) -> [OperatorLabel] {
        try await read(
            """
            SELECT group_label FROM group_member JOIN delegate ON delegate.id = group_member.delegate_id
            WHERE delegate.name = $1 ORDER BY group_label
            """, [.text(member.storedText)]
        ) { try OperatorLabel(stored: $0.text(0)) }
    }

    package func members(of group: OperatorLabel) async throws(StorageError) -> [DomainName]? {
        let label = [Statement.Parameter.text(group.description)]
        let results = try await read([
            Statement("SELECT 1::bigint FROM delegate_group WHERE label = $1", label),
            Statement(
                """
                SELECT name FROM delegate JOIN group_member ON group_member.delegate_id = delegate.id
                WHERE group_label = $1 ORDER BY name
                """, label),
        ])
        guard results[0].count > 0 else { return nil }
        do {
            return try results[1].map { try DomainName($0.text(0)) }
        } catch {
            throw .database(error)
        }
    }

    package func member(_ label: String, of group: OperatorLabel) async throws(StorageError) -> DomainName? {
        try await read(
            """
            SELECT name FROM delegate JOIN group_member ON group_member.delegate_id = delegate.id
            WHERE group_label = $1 AND starts_with(name, $2 || '.') ORDER BY name LIMIT 1
            """, [.text(group.description), .text(label.lowercased())]
        ) { try DomainName($0.text(0)) }.first
    }

    package func tokens() async throws(StorageError) -> [RegistrationToken] {
        try await read(RegistrationToken.select + "ORDER BY label") { try RegistrationToken(row: $0) }
    }

    package func token(with digest: KeyDigest) async throws(StorageError) -> RegistrationToken? {
        try await read(RegistrationToken.select + "WHERE key_sha256 = $1", [.octets(digest.octets)]) {
            try RegistrationToken(row: $0)
        }.first
    }

    // MARK: The audit log

    package func history(
        of delegate: DomainName?, before number: UInt64?, maximum: Int
    ) async throws(StorageError) -> [AuditEntry] {
        let condition = delegate == nil ? "" : "AND delegate = $3 "
        return try await read(
            AuditEntry.select + "WHERE number < $1 \(condition)ORDER BY number DESC LIMIT $2",
            [.integer(Int64(clamping: number ?? .max)), .integer(Int64(maximum))]
                + (delegate.map { [.text($0.storedText)] } ?? [])
        ) { try AuditEntry(row: $0) }
    }

    package func auditEntryCount() async throws(StorageError) -> Int {
        // Entries have all numbers from the beginning to the end.
        let count = try await read(
            "SELECT coalesce((SELECT max(number) FROM audit_entry) - (SELECT number FROM audit_beginning), 0)"
        ) { try $0.integer(0) }.first
        return Int(max(0, count ?? 0))
    }

    package func beginningOfAudit() async throws(StorageError) -> Timestamp? {
        try await read("SELECT time FROM audit_entry ORDER BY number LIMIT 1") { try $0.moment(0) }.first
    }

    // MARK: Serials

    package func serials() async throws(StorageError) -> [SerialRecord] {
        try await read(SerialRecord.select + "ORDER BY zone") { try SerialRecord(row: $0) }
    }
}
