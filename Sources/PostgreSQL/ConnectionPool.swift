import Synchronization

/// Connections to one database, which runs share.
package final class ConnectionPool: Sendable {
    private let open: @Sendable () async throws(PostgreSQLError) -> PostgreSQLConnection
    private let maximum: Int
    private let maximumWaiting: Int
    private let state = Mutex(State())

    private struct State {
        var idle: [PostgreSQLConnection] = []
        var inUse: [ObjectIdentifier: PostgreSQLConnection] = [:]
        /// Connections that are being opened.
        var opening = 0
        var waiting: [CheckedContinuation<Turn, Never>] = []
        var isClosed = false
    }

    private enum Turn {
        case use(PostgreSQLConnection)
        case open
        case refused(PostgreSQLError)
    }

    /// - Parameters:
    ///   - maximum: the maximum number of connections.
    ///   - maximumWaiting: the number of runs that can wait for one; more are refused.
    package init(
        maximum: Int, maximumWaiting: Int = 10_000,
        open: @escaping @Sendable () async throws(PostgreSQLError) -> PostgreSQLConnection
    ) {
        self.open = open
        self.maximum = maximum
        self.maximumWaiting = maximumWaiting
    }

    /// Runs statements that only read. If the connection turns out to be dead, they run again, once, on another one.
    ///
    /// - Throws: ``PostgreSQLError``.
    package func read(
        _ statements: [Statement], within time: Duration
    ) async throws(PostgreSQLError) -> [ResultRows] {
        let began = ContinuousClock.now
        do {
            return try await with { connection throws(PostgreSQLError) in
                try await connection.run(statements, until: .now.advanced(by: time))
            }
        } catch {
            guard error.isDisconnected || error.isReadOnlyServer, began.duration(to: .now) < time else { throw error }
            return try await with { connection throws(PostgreSQLError) in
                try await connection.run(statements, until: .now.advanced(by: time))
            }
        }
    }

    /// Gives a function a connection of its own.
    package func with<Value: Sendable>(
        _ body: (PostgreSQLConnection) async throws(PostgreSQLError) -> Value
    ) async throws(PostgreSQLError) -> Value {
        let connection = try await take()
        do throws(PostgreSQLError) {
            let value = try await body(connection)
            give(connection, isUsable: true)
            return value
        } catch {
            give(connection, isUsable: !error.isReadOnlyServer)
            throw error
        }
    }

    private func take() async throws(PostgreSQLError) -> PostgreSQLConnection {
        let turn: Turn = await withCheckedContinuation { continuation in
            let turn: Turn? = state.withLock { self.turn(for: continuation, in: &$0) }
            if let turn { continuation.resume(returning: turn) }
        }
        switch turn {
        case .use(let connection): return connection
        case .refused(let error): throw error
        case .open:
            do throws(PostgreSQLError) {
                let connection = try await open()
                state.withLock { state in
                    state.opening -= 1
                    state.inUse[ObjectIdentifier(connection)] = connection
                }
                return connection
            } catch {
                // Those that wait would only try the same, one after the other.
                let waiting = state.withLock { state in
                    state.opening -= 1
                    defer { state.waiting = [] }
                    return state.waiting
                }
                for continuation in waiting { continuation.resume(returning: .refused(error)) }
                throw error
            }
        }
    }

    /// - Returns: `nil` if it has to wait.
    private func turn(for continuation: CheckedContinuation<Turn, Never>, in state: inout State) -> Turn? {
        guard !state.isClosed else { return .refused(PostgreSQLError("the storage is closed")) }
        while let connection = state.idle.popLast() {
            guard connection.failure == nil else { continue }
            state.inUse[ObjectIdentifier(connection)] = connection
            return .use(connection)
        }
        if state.inUse.count + state.opening < maximum {
            state.opening += 1
            return .open
        }
        guard state.waiting.count < maximumWaiting else {
            return .refused(PostgreSQLError("too many requests wait for the database"))
        }
        state.waiting.append(continuation)
        return nil
    }

    private func give(_ connection: PostgreSQLConnection, isUsable: Bool) {
        // A transaction that was not ended would go on with the next run.
        if !isUsable || connection.isInTransaction { connection.close() }
        let next = state.withLock { state in
            state.inUse[ObjectIdentifier(connection)] = nil
            if !state.isClosed, connection.failure == nil { state.idle.append(connection) }
            return nextTurn(&state)
        }
        if state.withLock(\.isClosed) { connection.close() }
        next?()
    }

    private func nextTurn(_ state: inout State) -> (() -> Void)? {
        guard let first = state.waiting.first else { return nil }
        state.waiting.removeFirst()
        guard let turn = turn(for: first, in: &state) else { return nil }
        return { first.resume(returning: turn) }
    }

    /// Refuses runs from now on, and closes connections as soon as they are free.
    package func close() {
        let (idle, waiting) = state.withLock { state in
            state.isClosed = true
            defer { (state.idle, state.waiting) = ([], []) }
            return (state.idle, state.waiting)
        }
        for connection in idle { connection.close() }
        for continuation in waiting { continuation.resume(returning: .refused(PostgreSQLError("the storage is closed"))) }
    }
}
