import Authority
package import DNS
import Delegates
package import Logging
import Synchronization

/// Where queries can be watched: by the log, and by whoever follows a name. While nobody does, a query costs one atomic read.
package final class QueryTap: Sendable {
    private let isActive: Atomic<Bool>
    private let watchers = Mutex(Watchers())
    private let logging: QueryLogging
    private let logger: Logger

    private struct Watchers {
        var next = 0
        var all: [Int: (name: DomainName?, events: AsyncStream<QueryEvent>.Continuation)] = [:]
        var untilLogged = 0
    }

    /// Events that a watcher has not taken yet; more are lost.
    private static let maximumPending = 1000

    package init(logging: QueryLogging = .off, logger: Logger) {
        self.logging = logging
        self.logger = logger
        isActive = Atomic(logging != .off)
    }

    /// Queries for a name and what is below it, from now on; for all names if there is none.
    package func watch(_ name: DomainName?) -> AsyncStream<QueryEvent> {
        let (stream, events) = AsyncStream.makeStream(
            of: QueryEvent.self, bufferingPolicy: .bufferingNewest(Self.maximumPending))
        let number = watchers.withLock { watchers in
            watchers.next += 1
            watchers.all[watchers.next] = (name, events)
            isActive.store(true, ordering: .relaxed)
            return watchers.next
        }
        events.onTermination = { [weak self] _ in self?.remove(number) }
        return stream
    }

    private func remove(_ number: Int) {
        watchers.withLock { watchers in
            watchers.all[number] = nil
            isActive.store(logging != .off || !watchers.all.isEmpty, ordering: .relaxed)
        }
    }

    /// Called for each response.
    func observe(_ response: [UInt8], to address: IPAddress, over transport: Transport) {
        guard isActive.load(ordering: .relaxed) else { return }
        guard let event = QueryEvent(response: response, address: address, transport: transport) else { return }
        let isLogged = watchers.withLock { watchers in
            for (name, events) in watchers.all.values where name.map({ event.question.name.isAtOrBelow($0) }) ?? true {
                events.yield(event)
            }
            guard logging.includes(event.question.name) else { return false }
            defer { watchers.untilLogged = (watchers.untilLogged + 1) % logging.oneOf }
            return watchers.untilLogged == 0
        }
        if isLogged { logger.info("query", metadata: event.metadata) }
    }
}

/// Which queries are logged.
package struct QueryLogging: Hashable, Sendable {
    /// One of so many; at least 1.
    package var oneOf: Int
    /// Only queries for these names and what is below them; none means all.
    package var names: [DomainName]
    private var isOff = false

    package static let off: QueryLogging = {
        var off = QueryLogging(oneOf: 1, names: [])
        off.isOff = true
        return off
    }()

    package init(oneOf: Int, names: [DomainName]) {
        self.oneOf = max(1, oneOf)
        self.names = names
    }

    func includes(_ name: DomainName) -> Bool {
        !isOff && (names.isEmpty || names.contains { name.isAtOrBelow($0) })
    }
}
