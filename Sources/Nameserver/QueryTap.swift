import Authority
package import DNS
import Delegates
package import Logging
import Synchronization

/// Shows queries to the log, and to watchers of a name. While there is neither, a query costs one atomic read.
package final class QueryTap: Sendable {
    private let activity: Atomic<Bool>
    private let watchers: Mutex<Watchers>
    private let logger: Logger

    private struct Watcher {
        /// `nil` for all names.
        var name: DomainName?
        var events: AsyncStream<QueryEvent>.Continuation
        var lost = 0

        func watches(_ question: Question?) -> Bool {
            guard let name else { return true }
            return question?.name.isAtOrBelow(name) ?? false
        }
    }

    private struct Watchers {
        var logging: QueryLogging
        var next = 0
        var all: [Int: Watcher] = [:]
        var untilLogged = 0

        var areThereAny: Bool { logging != .off || !all.isEmpty }
    }

    /// The maximum number of events that a watcher has not taken yet; more are lost.
    private static let maximumPending = 1000

    package init(logging: QueryLogging = .off, logger: Logger) {
        watchers = Mutex(Watchers(logging: logging))
        self.logger = logger
        activity = Atomic(logging != .off)
    }

    /// Events for a name and what is below it, from now on; for all names if it is `nil`.
    package func watch(_ name: DomainName?) -> AsyncStream<QueryEvent> {
        let (stream, events) = AsyncStream.makeStream(
            of: QueryEvent.self, bufferingPolicy: .bufferingNewest(Self.maximumPending))
        let number = watchers.withLock { watchers in
            watchers.next += 1
            watchers.all[watchers.next] = Watcher(name: name, events: events)
            activity.store(true, ordering: .relaxed)
            return watchers.next
        }
        events.onTermination = { [weak self] _ in self?.remove(number) }
        return stream
    }

    private func remove(_ number: Int) {
        watchers.withLock { watchers in
            watchers.all[number] = nil
            activity.store(watchers.areThereAny, ordering: .relaxed)
        }
    }

    /// Sets which queries are logged from now on.
    package func setLogging(_ logging: QueryLogging) {
        watchers.withLock { watchers in
            watchers.logging = logging
            activity.store(watchers.areThereAny, ordering: .relaxed)
        }
    }

    /// Whether queries are watched or logged.
    var isActive: Bool { activity.load(ordering: .relaxed) }

    /// Called for each response while the tap ``isActive``.
    func observe(_ response: [UInt8], to address: IPAddress, over transport: Transport) {
        guard let event = QueryEvent(response: response, address: address, transport: transport) else { return }
        let isLogged = watchers.withLock { watchers in
            for (number, watcher) in watchers.all where watcher.watches(event.question) {
                var event = event
                event.lost = watcher.lost
                if case .dropped = watcher.events.yield(event) { watchers.all[number]?.lost += 1 }
            }
            guard watchers.logging.includes(event.question) else { return false }
            defer { watchers.untilLogged = (watchers.untilLogged + 1) % watchers.logging.oneOf }
            return watchers.untilLogged == 0
        }
        if isLogged { logger.info("query", metadata: event.metadata) }
    }
}

/// Which queries are logged.
package struct QueryLogging: Hashable, Sendable {
    /// One in this many queries is logged; at least 1.
    package var oneOf: Int
    /// Only queries for these names and what is below them are logged; empty means all.
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

    func includes(_ question: Question?) -> Bool {
        guard !isOff, !names.isEmpty else { return !isOff }
        return question.map { question in names.contains { question.name.isAtOrBelow($0) } } ?? false
    }
}
