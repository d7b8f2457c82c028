import Foundation
import GRDB
package import Importing
import SystemErrors

/// An SQLite file of acme-dns, of schema 0 or 1. Accounts are read from it, and nothing is written to it.
///
/// acme-dns may have it open meanwhile, but changes after the first batch may be missed. No file is made beside it
/// (``AcmeDNSFile``).
package final class AcmeDNSDatabase: Sendable {
    private let path: String
    private let database: DatabaseQueue
    private let schema: AcmeDNSSchema
    private let file: AcmeDNSFile
    private let temporaryFolder: String

    /// - Parameter temporaryFolder: the folder for temporary files, which are about as large as the database, and as large again
    ///   for a while. By default it is the system's.
    package init(path: String, temporaryFolder: String? = nil) throws(AcmeDNSDatabaseError) {
        self.path = path
        if let obstacle = SystemError.obstacle(to: .reading, path) {
            throw .unreadable(path: path, reason: obstacle)
        }
        self.temporaryFolder = temporaryFolder ?? FilePath.temporaryFolder(environment: ProcessInfo.processInfo.environment)
        file = try AcmeDNSFile(path: path, temporaryFolder: self.temporaryFolder)
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        configuration.label = "acme-dns"
        // Some builds of SQLite keep temporary tables in memory.
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA temp_store = FILE")
            // This is for the whole process, and deprecated, but all other ways must be taken before SQLite is first used.
            if let folder = temporaryFolder {
                try database.execute(sql: "PRAGMA temp_store_directory = '\(folder.replacing("'", with: "''"))'")
            }
        }
        do {
            database = try DatabaseQueue(path: file.name, configuration: configuration)
            schema = try AcmeDNSSchema(try database.read { try AcmeDNSSchema.Facts(of: $0, path: path) }, of: .file(path))
            file.removeCopy()
        } catch {
            throw Self.error(error, path: path, temporaryFolder: self.temporaryFolder)
        }
    }

    /// A folder that usually has room for temporary files: the one that the environment names (`SQLITE_TMPDIR`, `TMPDIR`), or else
    /// the given one, which must have room for the import anyway; `nil` if none can be written to.
    package static func temporaryFolder(environment: [String: String], besides folder: String) -> String? {
        [environment["SQLITE_TMPDIR"], environment["TMPDIR"], folder].compactMap(\.self).first(where: FilePath.canHoldFiles)
    }

    /// The number of all accounts, including bad ones.
    package var count: Int {
        get throws(AcmeDNSDatabaseError) {
            try reading { try Int.fetchOne($0, sql: "SELECT count(*) FROM records") ?? 0 }
        }
    }

    /// A batch of accounts in the order of their rows: as a rule, the order of their registration.
    ///
    /// The first call also sorts all values. For a million accounts with two values each, this takes some seconds and some 215 MB
    /// in the folder for temporary files, and as much again while it sorts. The files go with this object.
    ///
    /// - Parameters:
    ///   - row: the row of the last account of the batch before; `nil` for the first batch. It stays the same unless the file is
    ///     vacuumed.
    ///   - maximum: the maximum number of accounts; fewer come only at the end.
    /// - Throws: never for the content of a row: see ``AcmeDNSAccount/problem``.
    package func accounts(after row: Int64? = nil, maximum: Int) throws(AcmeDNSDatabaseError) -> [AcmeDNSAccount] {
        try reading { [schema] database in
            try Self.copyValues(schema, in: database)
            let select = try database.cachedStatement(sql: schema.selectAccounts)
            let selectValues = try database.cachedStatement(sql: AcmeDNSSchema.selectValues)
            return try Row.fetchAll(select, arguments: [row ?? .min, max(maximum, 0)]).map { row in
                var account = AcmeDNSAccount(row: row)
                guard !account.subdomain.isEmpty else { return account }
                let values = try Row.fetchCursor(selectValues, arguments: [account.subdomain])
                while let value = try values.next() { account.addValue(value[0] as Data, at: value[1]) }
                return account
            }
        }
    }

    /// Copies all values or none, once for this connection.
    private static func copyValues(_ schema: AcmeDNSSchema, in database: Database) throws {
        guard try Bool.fetchOne(database, sql: AcmeDNSSchema.hasCopiedValues) != true else { return }
        try database.inTransaction(.deferred) {
            for statement in schema.copyValues { try database.execute(sql: statement) }
            return .commit
        }
    }

    /// SQLite's plans for reading a batch and its values.
    func queryPlans() throws -> [String] {
        try database.inDatabase { database in
            try Self.copyValues(schema, in: database)
            let batch = try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + schema.selectAccounts, arguments: [0, 1])
            let values = try Row.fetchAll(
                database, sql: "EXPLAIN QUERY PLAN " + AcmeDNSSchema.selectValues, arguments: ["a"])
            return (batch + values).map { $0["detail"] }
        }
    }

    /// GRDB's reads are not used: they cannot make a temporary table. The connection is read-only all the same.
    private func reading<Value>(_ body: (Database) throws -> Value) throws(AcmeDNSDatabaseError) -> Value {
        let outcome = Result { try database.inDatabase(body) }
        // What was read from a file that was written to meanwhile can be anything.
        if file.hasChanged { throw .changed(path: path) }
        do {
            return try outcome.get()
        } catch {
            throw Self.error(error, path: path, temporaryFolder: temporaryFolder)
        }
    }

    private static func error(_ error: any Error, path: String, temporaryFolder: String) -> AcmeDNSDatabaseError {
        switch error {
        case let error as AcmeDNSDatabaseError: error
        case let error as DatabaseError where error.resultCode == .SQLITE_NOTADB: .notSQLite(path: path)
        case let error as DatabaseError where error.extendedResultCode == .SQLITE_READONLY_ROLLBACK: .needsRecovery(path: path)
        // The connection writes to temporary files only.
        case let error as DatabaseError
        where error.resultCode == .SQLITE_FULL || error.extendedResultCode == .SQLITE_IOERR_WRITE
            || error.extendedResultCode == .SQLITE_IOERR_GETTEMPPATH:
            .noRoom(path: path, folder: temporaryFolder)
        // GRDB's own description would add the statement and its arguments.
        case let error as DatabaseError: .unreadable(path: path, reason: error.message ?? "\(error.resultCode)")
        default: .unreadable(path: path, reason: "\(error)")
        }
    }
}

extension AcmeDNSDatabase: AccountSource {
    package func accountCount() async throws -> Int { try count }

    package func batch(after row: Int64?, maximum: Int) async throws -> AccountBatch? {
        AccountBatch(try accounts(after: row, maximum: maximum))
    }
}

extension AccountBatch {
    /// - Returns: `nil` if there are none.
    init?(_ accounts: [AcmeDNSAccount]) {
        guard let last = accounts.last else { return nil }
        self.init(accounts: accounts.map { $0.checked() }, lastRow: last.row)
    }
}

extension AcmeDNSAccount {
    /// - Parameter row: as ``AcmeDNSSchema/selectAccounts`` selects it.
    fileprivate init(row: Row) {
        func text(_ index: Int, isBlobText: Bool = false) -> Field {
            let type: String = row[index]
            guard type != "null" else { return .failure(.missing) }
            guard type == "text" || type == "blob" && isBlobText else { return .failure(.otherType) }
            return Field((row[index + 1] as Data?) ?? Data())
        }
        self.init(
            row: row[0], username: text(1),
            // acme-dns hands the hash to SQLite as octets, which makes it a BLOB in a TEXT column.
            passwordHash: text(3, isBlobText: true), subdomain: text(5), allowFrom: text(7, isBlobText: true))
    }
}
