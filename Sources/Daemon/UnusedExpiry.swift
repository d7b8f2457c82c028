import DNS
import Delegates
import Logging
import ServiceLifecycle
import Synchronization

/// Ends delegates at which nothing was published within their lifetime.
final class UnusedExpiry: Service {
    private let storage: any DelegateStorage
    private let clock: SteadyClock
    private let logger: Logger
    private let lifetime: Mutex<Duration?>
    /// The delegates of the server's own certificate, which do not end.
    private let own: Set<DomainName>

    /// The number of delegates that are ended at a time. They share commits with other changes, which should not have to wait.
    private static let maximumAtOnce = 200
    private static let period = Duration.seconds(60)

    /// - Parameter lifetime: `nil` if no delegate ends.
    init(
        storage: any DelegateStorage, clock: SteadyClock, lifetime: Duration?, own: Set<DomainName> = [], logger: Logger
    ) {
        self.storage = storage
        self.clock = clock
        self.own = own
        self.logger = logger
        self.lifetime = Mutex(lifetime)
    }

    /// Sets the lifetime that holds from now on.
    func setLifetime(_ lifetime: Duration?) {
        self.lifetime.withLock { $0 = lifetime }
    }

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                while await self.expireSome() {}
                try await Task.sleep(for: Self.period)
            }
        }
    }

    /// - Returns: whether there may be more to end now.
    func expireSome() async -> Bool {
        guard let lifetime = lifetime.withLock(\.self), storage.leads, !Task.isCancelled else { return false }
        let now = clock.now
        let moment = now.advanced(by: .zero - lifetime)
        do {
            let found = try await storage.unusedDelegates(
                enrolledBefore: moment, maximum: Self.maximumAtOnce + own.count)
            let unused = found.filter { !own.contains($0) }.prefix(Self.maximumAtOnce)
            try await withThrowingTaskGroup { group in
                for name in unused {
                    group.addTask { [storage, logger] in
                        let change = Change.expire(delegate: name, enrolledBefore: moment)
                        do {
                            try await storage.commit(change, by: Actor(.server, from: nil), at: now)
                            logger.notice("unused delegate ended", metadata: ["delegate.name": "\(name)"])
                        } catch is Refusal {
                            // The delegate was published at just now, or deleted.
                        }
                    }
                }
                try await group.waitForAll()
            }
            return unused.count == Self.maximumAtOnce
        } catch {
            // The next round tries again.
            logger.debug("unused delegates not ended", metadata: ["error": "\(error)"])
            return false
        }
    }
}
