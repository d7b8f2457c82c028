package import DNS
package import Delegates
import Foundation
import GRDB
import StorageParts

extension SQLiteDelegateStorage {
    // MARK: Delegates and credentials

    package func credential(of username: UniqueID) async throws(StorageError) -> Credential? {
        try await reads.read { try Credential.find(username, in: $0) }
    }

    package func credentials(of scope: Credential.Scope) async throws(StorageError) -> [Credential] {
        try await reads.read { try Credential.all(of: scope, in: $0) }
    }

    package func delegate(_ name: DomainName) async throws(StorageError) -> DelegateRecord? {
        try await reads.read { database in
            let select = try database.cachedStatement(sql: DelegateRecord.select + "WHERE name = ?")
            return try Row.fetchOne(select, arguments: [name.storedText]).map { try DelegateRecord(row: $0) }
        }
    }

    package func delegates(
        _ filter: DelegateFilter, after name: DomainName?, maximum: Int
    ) async throws(StorageError) -> DelegatePage {
        let search = DelegateSearch(filter, after: name, maximum: maximum)
        return try await (filter == DelegateFilter() ? reads : searches).read { try search.page(in: $0) }
    }

    package func unusedDelegates(
        enrolledBefore moment: Timestamp, maximum: Int
    ) async throws(StorageError) -> [DomainName] {
        try await reads.read { database in
            let select = try database.cachedStatement(
                sql: """
                    SELECT name FROM delegate
                    WHERE first_published_at IS NULL AND deleted_at IS NULL AND disabled_at IS NULL AND enrolled_at < ?
                    ORDER BY enrolled_at, id LIMIT ?
                    """)
            return try String.fetchAll(select, arguments: [moment.secondsSinceEpoch, maximum]).map { try DomainName($0) }
        }
    }

    // MARK: Groups and tokens

    package func groups() async throws(StorageError) -> [GroupRecord] {
        try await reads.read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT label, created_at,
                        (SELECT count(*) FROM group_member WHERE group_label = delegate_group.label),
                        (SELECT count(*) FROM credential WHERE group_label = delegate_group.label)
                    FROM delegate_group ORDER BY label
                    """)
            return try rows.map { row in
                GroupRecord(
                    label: try OperatorLabel(stored: row[0] as String), created: Timestamp(secondsSinceEpoch: row[1]),
                    memberCount: row[2], credentialCount: row[3])
            }
        }
    }

    package func groups(with member: DomainName) async throws(StorageError) -> [OperatorLabel] {
        try await reads.read { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT group_label FROM group_member JOIN delegate ON delegate.id = group_member.delegate_id
                    WHERE delegate.name = ? ORDER BY group_label
                    """, arguments: [member.storedText]
            ).map { try OperatorLabel(stored: $0) }
        }
    }

    package func members(of group: OperatorLabel) async throws(StorageError) -> [DomainName]? {
        try await reads.read { database in
            guard try database.hasGroup(group) else { return nil }
            return try String.fetchAll(
                database,
                sql: """
                    SELECT name FROM delegate JOIN group_member ON group_member.delegate_id = delegate.id
                    WHERE group_label = ? ORDER BY name
                    """, arguments: [group.description]
            ).map { try DomainName($0) }
        }
    }

    package func member(_ label: String, of group: OperatorLabel) async throws(StorageError) -> DomainName? {
        try await reads.read { database in
            let select = try database.cachedStatement(
                sql: """
                    SELECT name FROM delegate JOIN group_member ON group_member.delegate_id = delegate.id
                    WHERE group_label = ?1 AND substr(name, 1, length(?2) + 1) = lower(?2) || '.' ORDER BY name LIMIT 1
                    """)
            return try String.fetchOne(select, arguments: [group.description, label]).map { try DomainName($0) }
        }
    }

    package func tokens() async throws(StorageError) -> [RegistrationToken] {
        try await reads.read { try RegistrationToken.all(in: $0) }
    }

    package func token(with digest: KeyDigest) async throws(StorageError) -> RegistrationToken? {
        try await reads.read { try RegistrationToken.find(digest, in: $0) }
    }

    // MARK: The audit log

    package func history(
        of delegate: DomainName?, before number: UInt64?, maximum: Int
    ) async throws(StorageError) -> [AuditEntry] {
        try await reads.read { database in
            let condition = delegate == nil ? "" : "AND delegate = ?3 "
            let select = try database.cachedStatement(
                sql: AuditEntry.select + "WHERE number < ?1 \(condition)ORDER BY number DESC LIMIT ?2")
            let arguments: [(any DatabaseValueConvertible)?] =
                [Int64(clamping: number ?? .max), maximum] + (delegate.map { [$0.storedText] } ?? [])
            return try Row.fetchAll(select, arguments: StatementArguments(arguments)).map { try AuditEntry(row: $0) }
        }
    }

    package func auditEntryCount() async throws(StorageError) -> Int {
        try await reads.read { database in
            // Entries have all numbers from the beginning to the end.
            let count = try Int.fetchOne(
                database,
                sql: """
                    SELECT coalesce((SELECT max(number) FROM audit_entry) - (SELECT number FROM audit_beginning), 0)
                    """)
            return max(0, count ?? 0)
        }
    }

    package func beginningOfAudit() async throws(StorageError) -> Timestamp? {
        try await reads.read { database in
            try Int64.fetchOne(database, sql: "SELECT time FROM audit_entry ORDER BY number LIMIT 1").map {
                Timestamp(secondsSinceEpoch: $0)
            }
        }
    }
}

extension DelegateRecord {
    static let select = """
        SELECT name, enrolled_at, first_published_at, disabled_at, deleted_at, prepared_for,
            (SELECT count(*) FROM credential WHERE delegate_id = delegate.id),
            (SELECT max(last_used_at) FROM credential WHERE delegate_id = delegate.id)
        FROM delegate

        """

    init(row: Row) throws {
        func moment(_ column: Int) -> Timestamp? {
            (row[column] as Int64?).map { Timestamp(secondsSinceEpoch: $0) }
        }
        let token: String? = row[5]
        self.init(
            name: try DomainName(row[0] as String), enrolled: Timestamp(secondsSinceEpoch: row[1]), firstPublished: moment(2),
            disabled: moment(3), deleted: moment(4),
            preparedFor: try token.map { text throws(StorageError) in try OperatorLabel(stored: text) },
            credentialCount: row[6], lastUsed: moment(7))
    }
}
