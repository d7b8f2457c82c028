import DNS
package import Delegates
import Dispatch
import Foundation
import GRDB
import Glibc
package import Logging
package import PrometheusMetrics
import ServiceLifecycle
package import StorageParts
import SystemErrors

/// Delegates in one SQLite file, in WAL mode with `synchronous=FULL`: what is committed survives a power cut.
///
/// One process at a time may have the file open; a second process gets an error. Changes are committed while ``run()`` runs.
package final class SQLiteDelegateStorage: ServerStorage {
    let database: DatabasePool
    private let lock: FileLock
    let queue: ChangeQueue
    let reads: DatabaseReads
    /// Searches take long. With a connection of their own they wait for each other, and nothing else waits for them.
    let searches: DatabaseReads
    private let searched: DatabaseQueue
    private let deadlines: StorageDeadlines
    let place: StoragePlace
    private let room: StorageRoom
    let logger: Logger

    /// Opens the file, or makes it and its folder, and brings its tables up to date.
    ///
    /// - Parameters:
    ///   - auditedAddresses: how much of clients' addresses the audit log keeps.
    ///   - feedPlaces: the number of places in the sequence whose entries the feed keeps.
    ///   - reserve: the number of octets of the disk that are kept for changes of enrolled delegates; 0 for none, `nil` to leave what a
    ///     server has reserved as it is.
    ///   - takesCopy: whether the file may have the beginning of a copy, which no server uses.
    /// - Throws: ``StorageError/unavailable(_:)`` with the file and the reason.
    package init(
        path: String, deadlines: StorageDeadlines = StorageDeadlines(), auditedAddresses: AuditedAddresses = .full,
        feedPlaces: UInt64 = FeedEntry.keptPlaces, reserve: UInt64? = 0, takesCopy: Bool = false, logger: Logger
    ) throws(StorageError) {
        do {
            try OwnFiles.checkIsPlace(path)
            try FolderOwner(of: path).checkIsUser()
            try OwnFiles.checkIsDatabase(path)
            try DurableFolder.make(at: FilePath.folder(of: path))
            // The lock is the same, whatever links lead to the file.
            let real = FilePath.resolved(path)
            lock = try FileLock(path: real + ".lock")
            room = StorageRoom(path: real, size: reserve, logger: logger)
            if let made = try StorageFiles.make(real) { Glibc.close(made) }
            var configuration = Configuration()
            configuration.busyMode = .timeout(deadlines.lock / .seconds(1))
            configuration.foreignKeysEnabled = true
            configuration.label = "storage"
            database = try DatabasePool(path: StorageFiles.plain(path), configuration: configuration)
            // GRDB sets NORMAL together with WAL: a power cut would then lose acknowledged commits.
            try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            let migrator = Schema.migrator
            if try database.read(migrator.hasBeenSuperseded) {
                throw StorageError.unavailable("it was written by a newer version of nuncio")
            }
            try migrator.migrate(database)
            if !takesCopy, try database.read({ try $0.tableExists(SQLiteCopy.table) }) {
                throw StorageError.unavailable(
                    "it has the beginning of a copy: run the same “nuncio storage migrate” again to complete it")
            }
            configuration.readonly = true
            configuration.label = "search"
            searched = try DatabaseQueue(path: StorageFiles.plain(path), configuration: configuration)
            place = StoragePlace(path: path, real: real, logger: logger)
        } catch let error as DurableFolder.Failure {
            throw .unavailable("the SQLite file “\(path)” cannot be opened: its folder \(error.problem)")
        } catch {
            throw .unavailable("the SQLite file “\(path)” cannot be opened: \(DatabaseProblem.text(error, path: path))")
        }
        queue = ChangeQueue(
            committer: SQLiteCommitter(
                database: database, addresses: auditedAddresses, place: place, room: room, feedPlaces: feedPlaces),
            deadlines: deadlines, logger: logger)
        reads = DatabaseReads(database: database, deadlines: deadlines, logger: logger)
        searches = DatabaseReads(
            database: searched, deadlines: deadlines, maximumPending: DelegateSearch.maximumPending, isSerial: true,
            logger: logger)
        self.deadlines = deadlines
        self.logger = logger
    }

    deinit {
        // SQLite removes the WAL with the last connection only if that one may write. A WAL that stays does no harm.
        try? searched.close()
    }

    /// - Throws: ``StorageError/unavailable(_:)`` if opening a file would change it, or if it cannot be read.
    package static func checkIsUpToDate(_ path: String) throws(StorageError) {
        do {
            try StorageFiles.checkIsUpToDate(try StorageFiles.openToRead(path), path)
        } catch {
            throw StorageError(error, undone: "“\(path)” cannot be read")
        }
    }

    package func run() async throws {
        let isEverythingOver = await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.watchDeadlines() }
                defer { group.cancelAll() }
                return await queue.run()
            }
        } onGracefulShutdown: {
            self.queue.close()
        }
        do {
            guard isEverythingOver else { throw StorageError.unavailable("a commit is still under way") }
            try await close().get()
            lock.release()
        } catch {
            // All acknowledged changes are in the WAL, where the next start reads them. The lock ends with the process.
            logger.warning("storage not closed cleanly", metadata: ["error": "\(DatabaseProblem.text(error))"])
        }
    }

    private func watchDeadlines() async {
        while (try? await Task.sleep(for: deadlines.precision)) != nil {
            let now = ContinuousClock.now
            queue.checkDeadlines(now: now)
            reads.checkDeadlines(now: now)
            searches.checkDeadlines(now: now)
            place.look()
            room.look()
        }
        // Either all is over, or this task was cancelled because a stop takes too long.
        queue.leaveBehind()
    }

    /// Moves everything from the WAL into the file, so that the file alone is complete, and closes it.
    private func close() async -> Result<Void, any Error> {
        await Answer.awaited { answer in
            // A queue, because this can take as long as the disk likes.
            DispatchQueue.global().async { [database, searched] in
                answer.give(
                    Result {
                        try searched.close()
                        // The writer closes last: SQLite removes the WAL with the last connection, if that one may write.
                        database.invalidateReadOnlyConnections()
                        try database.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
                        try database.close()
                    })
            }
            DispatchQueue.global().asyncAfter(deadline: .now() + deadlines.stall / .seconds(1)) { [deadlines] in
                answer.give(.failure(StorageError.unfinished("checkpoint", for: deadlines.stall)))
            }
        }
    }

    /// Closes the file, complete in itself, if the storage does not run.
    func closeNow() throws {
        try searched.close()
        database.invalidateReadOnlyConnections()
        try database.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        try database.close()
        lock.release()
    }

    package func writeStatistics(to exposition: inout Exposition) {
        queue.statistics.write(
            waiting: queue.waitingCount, isUp: queue.refusal == nil && queue.lastFailure == nil, to: &exposition)
        exposition.write(
            .gauge, "nuncio_storage_in_place", "Whether the open files are those at the storage's path: 1 or 0.",
            place.problem == nil ? 1 : 0)
        room.write(to: &exposition)
    }

    package var hasRoomForDelegates: Bool { !room.isShort }

    /// The `synchronous` setting as SQLite reports it: 2 is FULL.
    package func synchronousSetting() throws -> Int? {
        try database.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
    }
}

extension SQLiteDelegateStorage {
    @discardableResult
    package func load(into table: DelegateTable, now: Timestamp) async throws(StorageError) -> FeedPlace {
        // No deadline applies: nothing can be answered before.
        try await readWithoutDeadline { database in
            let place = FeedPlace(feed: try database.feedName(), sequence: try database.changeSequence())
            let isLoaded = try table.load(after: place.sequence, shown: try database.shownSequence()) { loading in
                try TableLoad.restore(into: loading, from: database, now: now)
            }
            guard isLoaded else { throw StorageError.unavailable("the table is being loaded already") }
            return place
        }
    }

    @discardableResult
    package func load(into credentials: CredentialTable) async throws(StorageError) -> Bool {
        try await credentials.load { () async throws(StorageError) in
            // No deadline applies: until then, each request asks the storage.
            try await readWithoutDeadline { database in
                let contents = try database.credentialContents(credentials)
                return (contents, after: try database.changeSequence())
            }
        }
    }

    package func serials() async throws(StorageError) -> [SerialRecord] {
        try await reads.read { try $0.serials() }
    }

    /// Keeps serials before ``run()`` commits changes.
    package func keepInitially(_ records: [SerialRecord]) async throws(StorageError) {
        do {
            try await database.write { database in
                var tables = try SQLiteTables(in: database)
                try tables.keep(records)
            }
        } catch {
            throw .unavailable("\(error)")
        }
    }

    @discardableResult
    package func commit(_ change: Change, by actor: Actor, at time: Timestamp) async throws -> MadeChange {
        try await queue.commit(change, by: actor, at: time)
    }

    package func changes(after place: FeedPlace, maximum: Int) async throws(StorageError) -> FeedPage {
        try await reads.read { try $0.feed(after: place, maximum: maximum) }
    }

    package func follow(_ follower: @escaping @Sendable (FeedEntry) -> Void) { queue.follow(follower) }

    package func checkHealth() async throws(StorageError) {
        if let refusal = queue.refusal { throw refusal }
        guard queue.lastFailure == nil else {
            try await probe()
            return
        }
        _ = try await reads.read { try $0.changeSequence() }
    }

    /// Commits a change that changes nothing.
    private func probe() async throws(StorageError) {
        do {
            _ = try await queue.commit(.probe, by: Actor(.server, from: nil), at: Timestamp(secondsSinceEpoch: 0))
        } catch {
            throw error as? StorageError ?? .unavailable("\(error)")
        }
    }

    func readWithoutDeadline<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StorageError) -> Value {
        do {
            return try await database.read(body)
        } catch {
            // The end of a server that begins to stop is no trouble of the storage.
            guard !(error is CancellationError) else { throw .unavailable("the read was given up") }
            let reason = DatabaseProblem.text(error)
            logger.error("read failed", metadata: ["error": "\(reason)"])
            throw error as? StorageError ?? .unavailable(reason)
        }
    }
}
