import DNS
package import Delegates
package import Logging
package import PostgreSQL
package import PrometheusMetrics
import ServiceLifecycle
package import StorageParts

/// Delegates in a PostgreSQL database, which any number of nodes share.
///
/// A transaction locks the row of the sequence first: the changes of all nodes are in one order, without a gap. Each node follows the
/// changes of all.
package final class PostgreSQLDelegateStorage: ServerStorage {
    let connections: ConnectionPool
    private let nodeConnections: ConnectionPool
    let transactions: Transactions
    let following: Following
    let nodes: Nodes?
    private let queue: ChangeQueue
    private let committer: PostgreSQLCommitter
    let settings: Settings
    let logger: Logger

    package struct Settings: Sendable {
        package var connection: ConnectionString
        package var deadlines = StorageDeadlines()
        /// How much of clients' addresses the audit log keeps.
        package var auditedAddresses = AuditedAddresses.full
        /// The number of places in the sequence whose entries the feed keeps.
        package var feedPlaces = FeedEntry.keptPlaces

        /// This node; `nil` for a command, which is none.
        package var node: NodeSettings?

        package init(connection: ConnectionString, node: NodeSettings? = nil) {
            self.connection = connection
            self.node = node
        }

        /// The name that the database's administrator sees.
        var name: String { node.map { "nuncio \($0.name)" } ?? "nuncio" }

        /// The number of connections for changes and reads that a node has at most.
        static let maximumConnections = 8
        /// The number of those for its lease and for following others, besides the one that listens.
        static let maximumNodeConnections = 2
    }

    /// Connects to the database, and brings its tables up to date.
    ///
    /// - Throws: ``StorageError/unavailable(_:)`` with the database and the reason.
    package static func open(
        _ settings: Settings, logger: Logger
    ) async throws(StorageError) -> PostgreSQLDelegateStorage {
        try await open(settings, schema: .current, logger: logger)
    }

    static func open(
        _ settings: Settings, schema: Schema, logger: Logger
    ) async throws(StorageError) -> PostgreSQLDelegateStorage {
        do {
            let first = try await PostgreSQLConnection.open(
                settings.connection, name: settings.name, preparesStatements: false, refusesPgpool: true)
            defer { first.close() }
            let deadline = ContinuousClock.now.advanced(by: .seconds(60))
            try await schema.migrate(first, until: deadline)
            let isCopy = try await first.run(
                [Statement("SELECT to_regclass('\(PostgreSQLCopy.table)') IS NOT NULL")], until: deadline)
            guard try isCopy[0].first?.boolean(0) == false else {
                throw StorageError.unavailable(
                    "it has the beginning of a copy: run the same “nuncio storage migrate” again to complete it")
            }
            // A pooler tells the number of a process of its own.
            let process = try await first.run([Statement("SELECT pg_backend_pid()")], until: deadline)[0].first?.integer(0)
            let isDirect = process == first.processID
            let place = try await Following.place(first, until: deadline)
            return PostgreSQLDelegateStorage(settings, isDirect: isDirect, place: place, logger: logger)
        } catch {
            throw .unavailable(
                "the PostgreSQL database (\(settings.connection)) cannot be used: \(StorageError.database(error))")
        }
    }

    /// - Parameter isDirect: whether no pooler is between this node and the database.
    private init(_ settings: Settings, isDirect: Bool, place: FeedPlace, logger: Logger) {
        self.settings = settings
        self.logger = logger
        func pool(_ maximum: Int) -> ConnectionPool {
            ConnectionPool(maximum: maximum) { () async throws(PostgreSQLError) in
                try await PostgreSQLConnection.open(
                    settings.connection, name: settings.name, preparesStatements: isDirect)
            }
        }
        connections = pool(Settings.maximumConnections)
        // The lease must not wait for what clients have asked for.
        let nodeConnections = pool(Settings.maximumNodeConnections)
        self.nodeConnections = nodeConnections
        let following = Following(connections: nodeConnections, place: place)
        self.following = following
        nodes = settings.node.map {
            Nodes($0, connections: nodeConnections, following: following, logger: logger)
        }
        transactions = Transactions(
            connections: connections, following: following, nodes: nodes, deadlines: settings.deadlines)
        committer = PostgreSQLCommitter(
            transactions: transactions, addresses: settings.auditedAddresses, feedPlaces: settings.feedPlaces)
        queue = ChangeQueue(committer: committer, deadlines: settings.deadlines, logger: logger)
    }

    package func run() async throws {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.watchDeadlines() }
                group.addTask { await self.committer.run() }
                if let nodes { beAmong(nodes, in: &group) }
                let isEverythingOver = await queue.run()
                if !isEverythingOver { logger.warning("storage not closed cleanly: a commit is still under way") }
                committer.end()
                await nodes?.leave()
                connections.close()
                nodeConnections.close()
                group.cancelAll()
            }
        } onGracefulShutdown: {
            self.queue.close()
        }
    }

    /// Follows the other nodes, and keeps the lease.
    private func beAmong(_ nodes: Nodes, in group: inout DiscardingTaskGroup) {
        group.addTask { await nodes.renew() }
        group.addTask { await nodes.lookAtOthers() }
        group.addTask { [self] in
            await nodes.follow { () async throws in
                guard let node = settings.node else { return following.place }
                return try await node.reload(self)
            }
        }
        group.addTask { [settings] in
            await nodes.listen { notified in
                try await PostgreSQLConnection.open(
                    settings.connection, name: settings.name, preparesStatements: false, notified: notified)
            }
        }
    }

    private func watchDeadlines() async {
        while (try? await Task.sleep(for: settings.deadlines.precision)) != nil {
            queue.checkDeadlines(now: .now)
            nodes?.checkWaiting()
        }
    }

    package func writeStatistics(to exposition: inout Exposition) {
        queue.statistics.write(
            waiting: queue.waitingCount, isUp: queue.refusal == nil && queue.lastFailure == nil, to: &exposition)
        nodes?.write(to: &exposition)
    }

    /// PostgreSQL's disk is not this server's to look at.
    package var hasRoomForDelegates: Bool { true }

    // MARK: Changes

    @discardableResult
    package func commit(_ change: Change, by actor: Actor, at time: Timestamp) async throws -> MadeChange {
        let deadline = ContinuousClock.now.advanced(by: settings.deadlines.commit)
        let made = try await queue.commit(change, by: actor, at: time)
        if made.entry.placeCount > 0, !made.entry.effects.isEmpty {
            try await nodes?.confirm(made.entry.lastPlace, until: deadline)
        }
        return made
    }

    package var leads: Bool { nodes?.leads ?? true }

    /// The nodes that share the database; none for a command.
    package var nodeStatuses: [NodeStatus] { nodes?.statuses ?? [] }

    /// Whether notifications of other nodes come; `nil` before that is known.
    var hearsNotifications: Bool? { nodes?.isListening }

    package func follow(_ follower: @escaping @Sendable (FeedEntry) -> Void) { following.follow(follower) }

    package func changes(after place: FeedPlace, maximum: Int) async throws(StorageError) -> FeedPage {
        do {
            return try await following.page(after: place, maximum: maximum)
        } catch {
            throw .database(error)
        }
    }

    package func checkHealth() async throws(StorageError) {
        if let refusal = queue.refusal { throw refusal }
        if let trouble = nodes?.trouble { throw trouble }
        guard queue.lastFailure == nil else {
            try await probe()
            return
        }
        _ = try await read([Statement("SELECT number FROM change_sequence")])
    }

    /// Commits a change that changes nothing.
    private func probe() async throws(StorageError) {
        do {
            _ = try await queue.commit(.probe, by: Actor(.server, from: nil), at: Timestamp(secondsSinceEpoch: 0))
        } catch {
            throw .database(error)
        }
    }

    /// Keeps serials before ``run()`` commits changes.
    package func keepInitially(_ records: [SerialRecord]) async throws(StorageError) {
        do {
            try await transactions.write(needs: Set(records.map { .serial($0.zone) })) { tables in try tables.keep(records) }
        } catch {
            throw .database(error)
        }
    }

    // MARK: Reading

    /// Runs statements that only read, in one transaction.
    func read(_ statements: [Statement]) async throws(StorageError) -> [ResultRows] {
        do {
            return try await connections.read(statements, within: settings.deadlines.stall)
        } catch {
            logger.error("read failed", metadata: ["error": "\(StorageError.database(error))"])
            throw .database(error)
        }
    }

    /// Reads one kind of rows.
    func read<Value>(
        _ text: String, _ parameters: [Statement.Parameter] = [], _ value: (ResultRow) throws -> Value
    ) async throws(StorageError) -> [Value] {
        let rows = try await read([Statement(text, parameters)])[0]
        do {
            return try rows.map(value)
        } catch {
            throw .database(error)
        }
    }
}
