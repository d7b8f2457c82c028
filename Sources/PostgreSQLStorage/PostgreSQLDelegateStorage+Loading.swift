import DNS
package import Delegates
import Logging
import PostgreSQL
import StorageParts

/// Reading everything, at the start.
extension PostgreSQLDelegateStorage {
    /// The number of rows that are read at once.
    private static let pageSize = 20_000

    @discardableResult
    package func load(into table: DelegateTable, now: Timestamp) async throws(StorageError) -> FeedPlace {
        let place = try await readAll { reader in
            let place = reader.place
            let isLoaded = try await table.load(after: place.sequence, shown: reader.shown) { loading in
                try await Self.restore(into: loading, from: reader, now: now)
            }
            guard isLoaded else { throw StorageError.unavailable("the table is being loaded already") }
            return place
        }
        try await beAmongNodes(after: place)
        return place
    }

    /// Takes this node's name after the first load: from then on, changes wait for it, and it has most of them already.
    private func beAmongNodes(after place: FeedPlace) async throws(StorageError) {
        guard let nodes, !nodes.hasJoined else { return }
        do {
            following.pass(to: place.sequence)
            try await nodes.join()
            try await following.catchUp()
            nodes.openGate()
        } catch {
            throw .database(error)
        }
    }

    private static func restore(into loading: DelegateTable.Loading, from reader: WholeReader, now: Timestamp) async throws {
        var restoring = TableRestoring(loading, now: now)
        let count = try await reader.run(Statement("SELECT count(*) FROM delegate")).first?.integer(0) ?? 0
        loading.reserve(Int(count))
        // A delegate's values are there before it is. They are read as they lie, since reading rows in another order is slow, and sorted here.
        var values: [ValueOfDelegate] = []
        try await reader.pages("SELECT delegate_id, value, sequence, published_at FROM challenge_value", size: pageSize) {
            rows in
            for index in 0..<rows.count {
                let row = rows[index]
                guard let value = try row.withOctets(1, { if let octets = $0 { ChallengeValue(octets) } else { nil } }) else {
                    throw StorageError.damaged("a value of the delegate \(try row.integer(0)) is not a challenge value")
                }
                values.append(
                    ValueOfDelegate(
                        delegate: try row.integer(0),
                        value: restoring.value(
                            value, sequence: try ChangeSequence(stored: row.integer(2)), published: try row.moment(3))))
            }
        }
        values.sort { $0.delegate < $1.delegate }
        var next = 0
        var own: [DelegateTable.PublishedValue] = []
        try await reader.pages("SELECT id, name FROM delegate ORDER BY id", size: pageSize) { rows in
            for index in 0..<rows.count {
                let row = rows[index]
                let id = try row.integer(0)
                own.removeAll(keepingCapacity: true)
                while next < values.count, values[next].delegate == id {
                    own.append(values[next].value)
                    next += 1
                }
                try row.withOctets(1) { name in
                    guard let name else { throw StorageError.damaged("a delegate has no name") }
                    try restoring.restore(name, own)
                }
            }
        }
        guard next == values.count else { throw StorageError.damaged("there is a value without a delegate") }
    }

    private struct ValueOfDelegate {
        var delegate: Int64
        var value: DelegateTable.PublishedValue
    }

    @discardableResult
    package func load(into credentials: CredentialTable) async throws(StorageError) -> Bool {
        try await credentials.load { () async throws(StorageError) in
            try await readAll { reader in
                (try await Self.contents(credentials, from: reader), after: reader.place.sequence)
            }
        }
    }

    private static func contents(
        _ table: CredentialTable, from reader: WholeReader
    ) async throws -> CredentialTable.Contents {
        var contents = CredentialTable.Contents()
        let count = try await reader.run(Statement("SELECT count(*) FROM credential")).first?.integer(0) ?? 0
        contents.reserve(Int(count))
        var members: [OperatorLabel: [DomainName]] = [:]
        for row in try await reader.all("SELECT label FROM delegate_group") {
            members[try OperatorLabel(stored: row.text(0))] = []
        }
        for row in try await reader.all(
            "SELECT group_label, name FROM delegate JOIN group_member ON group_member.delegate_id = delegate.id")
        {
            members[try OperatorLabel(stored: row.text(0)), default: []].append(try DomainName(row.text(1)))
        }
        for (label, names) in members { table.add(group: label, names, to: &contents) }
        for row in try await reader.all("SELECT name FROM delegate WHERE disabled_at IS NOT NULL") {
            table.add(disabled: try DomainName(row.text(0)), to: &contents)
        }
        try await reader.pages(
            """
            SELECT username, key_sha256, delegate.name, group_label, allowed_networks, expires_at
            FROM credential LEFT JOIN delegate ON delegate.id = credential.delegate_id
            """, size: pageSize
        ) { rows in
            for index in 0..<rows.count {
                let row = rows[index]
                table.add(
                    try UniqueID(storedUsername: row.text(0)), digest: try row.octetsIfAny(1).map { KeyDigest(octets: $0) },
                    scope: try row.textIfAny(2).map { .delegate(try DomainName($0)) }
                        ?? .group(OperatorLabel(stored: row.text(3))),
                    allowedNetworks: AllowedNetworks(storedText: try row.text(4)), expires: try row.momentIfAny(5),
                    to: &contents)
            }
        }
        return contents
    }

    /// Reads and checks the whole audit log.
    ///
    /// - Parameter noted: an entry that must be in it.
    package func verifyAuditLog(noted: NotedEntry? = nil) async throws(StorageError) -> AuditVerdict {
        try await readAll { reader in
            guard let beginning = try await reader.run(Statement("SELECT number, digest FROM audit_beginning")).first else {
                return .broken(number: 0)
            }
            var verification = AuditVerification(after: try beginning.integer(0), digest: try beginning.octets(1), noted: noted)
            try await reader.pages(AuditEntry.select + "ORDER BY number", size: Self.pageSize) { rows in
                for index in 0..<rows.count {
                    let row = rows[index]
                    guard
                        verification.take(
                            number: try row.integer(0), time: try row.integer(1), kind: try row.text(2), actor: try row.text(3),
                            address: try row.textIfAny(4), delegate: try row.textIfAny(5), detail: try row.textIfAny(6),
                            digest: try row.octets(7))
                    else { return }
                }
            }
            return verification.verdict
        }
    }

    /// Reads as much as it likes, as the database is at one moment. Only each step has a deadline.
    func readAll<Value: Sendable>(
        _ body: @Sendable (WholeReader) async throws -> Value
    ) async throws(StorageError) -> Value {
        do {
            return try await connections.with { connection throws(PostgreSQLError) -> Result<Value, any Error> in
                do {
                    let reader = try await WholeReader(connection)
                    let value = try await body(reader)
                    _ = try await reader.run(Statement("COMMIT"))
                    return .success(value)
                } catch let error as PostgreSQLError {
                    throw error
                } catch {
                    return .failure(error)
                }
            }.get()
        } catch {
            let failure = StorageError.database(error)
            logger.error("read failed", metadata: ["error": "\(failure)"])
            throw failure
        }
    }
}

/// Reads a database as it is at one moment.
struct WholeReader: Sendable {
    private let connection: PostgreSQLConnection
    let place: FeedPlace
    /// The last change that DNS shows.
    let shown: ChangeSequence

    /// A page of rows, or the count of all, takes this long at most.
    private static let patience = Duration.seconds(60)

    init(_ connection: PostgreSQLConnection) async throws {
        self.connection = connection
        let rows = try await connection.run(
            [
                Statement("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
                Statement("SELECT name, number, shown_number FROM feed, change_sequence"),
            ], until: .now.advanced(by: Self.patience))[1]
        place = try FeedPlace(row: rows.first)
        shown = try ChangeSequence(stored: rows.first?.integer(2) ?? 0)
    }

    func run(_ statement: Statement) async throws -> ResultRows {
        try await connection.run([statement], until: .now.advanced(by: Self.patience))[0]
    }

    /// All rows at once, of which there are few.
    func all(_ text: String) async throws -> [ResultRow] {
        try await run(Statement(text)).map { $0 }
    }

    /// Gives a function the rows page by page. While it works on one, the server makes the next.
    func pages(_ query: String, size: Int, _ take: (ResultRows) throws -> Void) async throws {
        _ = try await run(Statement("DECLARE whole NO SCROLL CURSOR FOR \(query)"))
        let fetch = Statement("FETCH \(size) FROM whole")
        var page = try await run(fetch)
        while page.count > 0 {
            async let next = run(fetch)
            try take(page)
            page = try await next
        }
        _ = try await run(Statement("CLOSE whole"))
    }
}
