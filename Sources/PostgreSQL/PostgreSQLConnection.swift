import CPostgreSQL
import Dispatch
import Foundation
import Glibc
import Synchronization

/// A connection to a PostgreSQL server, which waits for answers without a thread.
///
/// A run of statements goes out at once and is answered at once (libpq's pipeline mode): it takes one round trip, however many statements
/// it has. A connection has one run at a time.
package final class PostgreSQLConnection: Sendable {
    private let queue = DispatchQueue(label: "postgresql")
    private let state: Mutex<State>
    private let preparesStatements: Bool
    private let notified: @Sendable (Notification) -> Void

    /// What another session has told with NOTIFY.
    package struct Notification: Hashable, Sendable {
        package var channel: String
        package var payload: String
    }

    private struct State {
        /// The address of libpq's connection; 0 after its end.
        var address: UInt
        var reading: (any DispatchSourceRead)?
        var writing: (any DispatchSourceWrite)?
        var watch: (any DispatchSourceTimer)?
        var run: Run?
        /// Why the connection cannot be used any more; `nil` while it can.
        var failure: PostgreSQLError?
        /// The names of prepared statements, by their texts.
        var prepared: [String: String] = [:]
        var preparedCount = 0

        var connection: OpaquePointer? { unsafe OpaquePointer(bitPattern: address) }
    }

    /// The statements that are under way.
    private struct Run {
        /// For each result that comes: whether it is that of a statement, and not of its preparation.
        var expected: [Bool]
        /// The statements that were prepared for it.
        var prepared: [String] = []
        var results: [ResultRows] = []
        var failure: PostgreSQLError?
        var deadline: ContinuousClock.Instant
        var completion: @Sendable (Result<[ResultRows], PostgreSQLError>) -> Void
    }

    /// What is to be done without the lock.
    private typealias Completion = () -> Void

    /// Opens a connection.
    ///
    /// - Parameters:
    ///   - name: the name that the server's administrator sees.
    ///   - preparesStatements: whether the server keeps statements from one run to the next. A pooler in transaction mode does not.
    ///   - refusesPgpool: whether a pgpool in between is refused: it reads from replicas, which lag, and what follows changes would take the past
    ///     for the present.
    ///   - notified: called for each notification of the channels that the connection listens to.
    /// - Throws: ``PostgreSQLError``.
    package static func open(
        _ string: ConnectionString, name: String, preparesStatements: Bool = true, refusesPgpool: Bool = false,
        notified: @escaping @Sendable (Notification) -> Void = { _ in }
    ) async throws(PostgreSQLError) -> PostgreSQLConnection {
        let result: Result<UInt, PostgreSQLError> = await withCheckedContinuation { continuation in
            // Connecting looks names up and blocks its thread, which must be none of those that tasks and queues share.
            Thread.detachNewThread { continuation.resume(returning: connect(string, name: name, refusesPgpool)) }
        }
        let connection = PostgreSQLConnection(
            try result.get(), preparesStatements: preparesStatements, notified: notified)
        connection.startReading()
        return connection
    }

    private static func connect(
        _ string: ConnectionString, name: String, _ refusesPgpool: Bool
    ) -> Result<UInt, PostgreSQLError> {
        let options = string.defaults(name: name) + [(keyword: "dbname", value: string.text)]
        let keywords = unsafe options.map { unsafe UnsafePointer(strdup($0.keyword)) } + [nil]
        let values = unsafe options.map { unsafe UnsafePointer(strdup($0.value)) } + [nil]
        defer { unsafe (keywords + values).forEach { unsafe free(UnsafeMutablePointer(mutating: $0)) } }
        guard let connection = unsafe PQconnectdbParams(keywords, values, 1) else {
            return .failure(PostgreSQLError("there is no memory for a connection", isDisconnected: true))
        }
        guard unsafe PQstatus(connection) == CONNECTION_OK else {
            let words = unsafe words(PQerrorMessage(connection))
            unsafe PQfinish(connection)
            return .failure(PostgreSQLError(words, isDisconnected: true))
        }
        unsafe cpostgresql_drop_notices(connection)
        if refusesPgpool, unsafe isPgpool(connection) {
            unsafe PQfinish(connection)
            return .failure(
                PostgreSQLError(
                    "pgpool is in between, which reads from replicas that lag: connect to PostgreSQL itself, or through pgbouncer"
                ))
        }
        guard unsafe PQsetnonblocking(connection, 1) == 0, unsafe PQenterPipelineMode(connection) == 1 else {
            let words = unsafe words(PQerrorMessage(connection))
            unsafe PQfinish(connection)
            return .failure(PostgreSQLError(words, isDisconnected: true))
        }
        return .success(UInt(bitPattern: connection))
    }

    /// Only pgpool has this to show, and only in the simple protocol, so before the pipeline.
    private static func isPgpool(_ connection: OpaquePointer) -> Bool {
        let result = unsafe PQexec(connection, "SHOW pool_nodes")
        defer { unsafe PQclear(result) }
        return unsafe PQresultStatus(result) == PGRES_TUPLES_OK
    }

    private init(_ address: UInt, preparesStatements: Bool, notified: @escaping @Sendable (Notification) -> Void) {
        state = Mutex(State(address: address))
        self.preparesStatements = preparesStatements
        self.notified = notified
    }

    deinit {
        state.withLock { state in end(&state, PostgreSQLError("the connection is closed", isDisconnected: true)) }.forEach {
            $0()
        }
    }

    private func startReading() {
        state.withLock { state in
            // A descriptor of its own: libpq closes its one by itself when the connection is lost, and another file could get the number.
            let descriptor = unsafe dup(PQsocket(state.connection))
            let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
            source.setEventHandler { [weak self] in self?.readable() }
            source.setCancelHandler { Glibc.close(descriptor) }
            state.reading = source
            source.activate()
            let watch = DispatchSource.makeTimerSource(queue: queue)
            watch.schedule(deadline: .now() + Self.precision, repeating: Self.precision, leeway: .milliseconds(50))
            watch.setEventHandler { [weak self] in self?.checkDeadline(now: .now) }
            state.watch = watch
            watch.activate()
        }
    }

    /// How late a run can be given up, in seconds.
    private static let precision = 0.2

    // MARK: Questions

    /// Why the connection cannot be used any more; `nil` while it can.
    package var failure: PostgreSQLError? { state.withLock(\.failure) }

    /// The number of the server's process, as it was told when the connection was opened: a pooler tells one of its own.
    package var processID: Int64 { state.withLock { unsafe Int64(PQbackendPID($0.connection)) } }

    /// Whether a transaction was begun that has not ended.
    package var isInTransaction: Bool {
        state.withLock { state in
            guard state.failure == nil else { return false }
            let status = unsafe PQtransactionStatus(state.connection)
            return status == PQTRANS_INTRANS || status == PQTRANS_INERROR
        }
    }

    // MARK: Running statements

    /// Runs statements, one after the other. They are one transaction unless they begin or end one themselves.
    ///
    /// - Parameter deadline: the time after which the connection is given up.
    /// - Returns: the result of each statement.
    /// - Throws: ``PostgreSQLError``: of the first statement that failed, after which no other was run, or of the connection, after
    ///   which it is not known what was run.
    package func run(
        _ statements: [Statement], until deadline: ContinuousClock.Instant
    ) async throws(PostgreSQLError) -> [ResultRows] {
        let result = await withCheckedContinuation { continuation in
            run(statements, until: deadline) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    private func run(
        _ statements: [Statement], until deadline: ContinuousClock.Instant,
        completion: @escaping @Sendable (Result<[ResultRows], PostgreSQLError>) -> Void
    ) {
        let completions = state.withLock { state -> [Completion] in
            if let failure = state.failure { return [{ completion(.failure(failure)) }] }
            guard state.run == nil else {
                return [{ completion(.failure(PostgreSQLError("the connection is in use"))) }]
            }
            state.run = Run(expected: [], deadline: deadline, completion: completion)
            guard statements.allSatisfy({ send($0, &state) }), unsafe PQpipelineSync(state.connection) == 1 else {
                return unsafe end(&state, PostgreSQLError(Self.words(PQerrorMessage(state.connection)), isDisconnected: true))
            }
            return flush(&state)
        }
        completions.forEach { $0() }
    }

    /// - Returns: whether libpq has taken the statement.
    private func send(_ statement: Statement, _ state: inout State) -> Bool {
        let types = statement.parameters.map(\.type)
        var name: String?
        if preparesStatements {
            if let known = state.prepared[statement.text] {
                name = known
            } else {
                state.preparedCount += 1
                let new = "s\(state.preparedCount)"
                guard
                    unsafe PQsendPrepare(state.connection, new, statement.text, Int32(types.count), types) == 1
                else { return false }
                state.prepared[statement.text] = new
                state.run?.prepared.append(statement.text)
                state.run?.expected.append(false)
                name = new
            }
        }
        state.run?.expected.append(true)
        let values = statement.parameters.map(\.octets)
        // All values one after the other: libpq wants a pointer to each.
        let octets = values.reduce(into: [UInt8]()) { $0 += $1 ?? [] } + [0]
        let lengths = values.map { Int32(clamping: $0?.count ?? 0) }
        let formats = [Int32](repeating: 1, count: values.count)
        return unsafe octets.withUnsafeBytes { octets in
            var offset = 0
            let pointers = unsafe values.map { value -> UnsafePointer<CChar>? in
                guard let value else { return nil }
                defer { offset += value.count }
                return unsafe octets.baseAddress?.advanced(by: offset).assumingMemoryBound(to: CChar.self)
            }
            let count = Int32(values.count)
            if let name {
                return unsafe PQsendQueryPrepared(state.connection, name, count, pointers, lengths, formats, 1) == 1
            }
            return unsafe PQsendQueryParams(
                state.connection, statement.text, count, types, pointers, lengths, formats, 1) == 1
        }
    }

    /// Sends what the socket takes now. A source goes on with the rest.
    private func flush(_ state: inout State) -> [Completion] {
        switch unsafe PQflush(state.connection) {
        case 0:
            state.writing?.cancel()
            state.writing = nil
            return []
        case 1:
            guard state.writing == nil else { return [] }
            let descriptor = unsafe dup(PQsocket(state.connection))
            let source = DispatchSource.makeWriteSource(fileDescriptor: descriptor, queue: queue)
            source.setEventHandler { [weak self] in self?.writable() }
            source.setCancelHandler { Glibc.close(descriptor) }
            state.writing = source
            source.activate()
            return []
        default:
            return unsafe end(&state, PostgreSQLError(Self.words(PQerrorMessage(state.connection)), isDisconnected: true))
        }
    }

    private func writable() {
        state.withLock { state in state.failure == nil ? flush(&state) : [] }.forEach { $0() }
    }

    // MARK: Reading answers

    private func readable() {
        let (completions, notifications) = state.withLock { state -> ([Completion], [Notification]) in
            guard state.failure == nil else { return ([], []) }
            var completions: [Completion] = []
            var notifications: [Notification] = []
            // A source tells of a hang-up once, and libpq may read only what came before it.
            repeat {
                let isOpen = unsafe PQconsumeInput(state.connection) == 1
                notifications += takeNotifications(&state)
                // A connection that is lost has no results any more, and no end of them either.
                guard isOpen, unsafe PQstatus(state.connection) == CONNECTION_OK else {
                    let words = unsafe Self.words(PQerrorMessage(state.connection))
                    completions += end(&state, PostgreSQLError(words, isDisconnected: true))
                    return (completions, notifications)
                }
                completions += takeResults(&state)
            } while unsafe state.failure == nil && Self.isHungUp(PQsocket(state.connection))
            if state.failure == nil, state.writing != nil { completions += flush(&state) }
            return (completions, notifications)
        }
        completions.forEach { $0() }
        notifications.forEach(notified)
    }

    /// Whether the server has closed the connection. What it has sent before can still be read.
    private static func isHungUp(_ descriptor: CInt) -> Bool {
        var socket = pollfd(fd: descriptor, events: 0, revents: 0)
        return unsafe poll(&socket, 1, 0) == 1 && socket.revents & Int16(POLLHUP | POLLERR) != 0
    }

    private func takeResults(_ state: inout State) -> [Completion] {
        while state.run != nil, unsafe PQisBusy(state.connection) == 0 {
            // A nil stands between the results of two statements.
            guard let result = unsafe PQgetResult(state.connection) else {
                guard unsafe PQstatus(state.connection) == CONNECTION_OK else {
                    return unsafe end(
                        &state, PostgreSQLError(Self.words(PQerrorMessage(state.connection)), isDisconnected: true))
                }
                continue
            }
            switch unsafe PQresultStatus(result) {
            case PGRES_PIPELINE_SYNC:
                unsafe PQclear(result)
                return finish(&state)
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK:
                let rows = unsafe ResultRows(result)
                let count = state.run?.expected.count ?? 0
                if count > 0, state.run?.expected.removeFirst() == true { state.run?.results.append(rows) }
            case PGRES_PIPELINE_ABORTED: unsafe PQclear(result)
            default:
                let failure = unsafe PostgreSQLError(result)
                unsafe PQclear(result)
                if state.run?.failure == nil { state.run?.failure = failure }
            }
        }
        return []
    }

    private func finish(_ state: inout State) -> [Completion] {
        guard let run = state.run else { return [] }
        state.run = nil
        guard let failure = run.failure else { return [{ run.completion(.success(run.results)) }] }
        // Which of them the server has prepared is not known.
        for text in run.prepared { state.prepared[text] = nil }
        return [{ run.completion(.failure(failure)) }]
    }

    private func takeNotifications(_ state: inout State) -> [Notification] {
        var notifications: [Notification] = []
        while let notification = unsafe PQnotifies(state.connection) {
            unsafe notifications.append(
                Notification(
                    channel: String(cString: notification.pointee.relname), payload: String(cString: notification.pointee.extra)
                ))
            unsafe PQfreemem(notification)
        }
        return notifications
    }

    // MARK: The end

    /// Closes the connection. A run that is under way fails.
    package func close() {
        state.withLock { state in end(&state, PostgreSQLError("the connection is closed", isDisconnected: true)) }.forEach {
            $0()
        }
    }

    /// Gives the connection up if its run takes too long. The server notices when it next writes to it.
    private func checkDeadline(now: ContinuousClock.Instant) {
        let completions = state.withLock { state -> [Completion] in
            guard let run = state.run, now >= run.deadline else { return [] }
            return end(&state, PostgreSQLError("the database has not answered in time", isDisconnected: true))
        }
        completions.forEach { $0() }
    }

    private func end(_ state: inout State, _ failure: PostgreSQLError) -> [Completion] {
        guard state.failure == nil else { return [] }
        state.failure = failure
        let (run, address) = (state.run, state.address)
        state.run = nil
        state.reading?.cancel()
        state.writing?.cancel()
        state.watch?.cancel()
        (state.reading, state.writing, state.watch, state.address) = (nil, nil, nil, 0)
        unsafe PQfinish(OpaquePointer(bitPattern: address))
        guard let run else { return [] }
        return [{ run.completion(.failure(failure)) }]
    }

    /// libpq's messages end with line breaks, and some have several lines.
    static func words(_ message: UnsafePointer<CChar>?) -> String {
        guard let message = unsafe message else { return "unknown failure" }
        let lines = unsafe String(cString: message).split(whereSeparator: \.isNewline)
        return lines.map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: "; ")
    }
}

extension PostgreSQLError {
    /// - Parameter result: a result that is an error.
    fileprivate init(_ result: OpaquePointer) {
        let text = unsafe cpostgresql_primary_message(result).map { unsafe String(cString: $0) }
        let state = unsafe cpostgresql_sqlstate(result).map { unsafe String(cString: $0) }
        let constraint = unsafe cpostgresql_constraint(result).map { unsafe String(cString: $0) }
        self.init(
            unsafe text ?? PostgreSQLConnection.words(PQresultErrorMessage(result)), state: state, constraint: constraint,
            // “57P01” … “57P05”: the server or its administrator ends the session. “25P03”: the transaction was idle for too long.
            isDisconnected: state.map { $0.hasPrefix("57P0") || $0 == "25P03" } ?? true)
    }
}
