import Delegates
import Logging
import ServiceLifecycle
import Synchronization

/// Ends delegates at which nothing was ever published, after they have had so long for it.
final class UnusedExpiry: Service {
    private let storage: any DelegateStorage
    private let clock: SteadyClock
    private let logger: Logger
    private let lifetime: Mutex<Duration?>

    /// So many are ended at a time: together with other changes, which should not have to wait.
    private static let maximumAtOnce = 200
    private static let period = Duration.seconds(60)

    /// - Parameter lifetime: nothing if none ends.
    init(storage: any DelegateStorage, clock: SteadyClock, lifetime: Duration?, logger: Logger) {
        self.storage = storage
        self.clock = clock
        self.logger = logger
        self.lifetime = Mutex(lifetime)
    }

    /// What holds from now on.
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

    /// - Returns: whether there may be more to end at once.
    func expireSome() async -> Bool {
        guard let lifetime = lifetime.withLock(\.self), !Task.isCancelled else { return false }
        let now = clock.now
        let moment = now.advanced(by: .zero - lifetime)
        do {
            let unused = try await storage.unusedDelegates(enrolledBefore: moment, maximum: Self.maximumAtOnce)
            try await withThrowingTaskGroup { group in
                for name in unused {
                    group.addTask { [storage, logger] in
                        let change = Change.expire(delegate: name, enrolledBefore: moment)
                        do {
                            try await storage.commit(change, by: Actor(.server, from: nil), at: now)
                            logger.notice("unused delegate ended", metadata: ["delegate.name": "\(name)"])
                        } catch is Refusal {
                            // Somebody has published there just now, or deleted it.
                        }
                    }
                }
                try await group.waitForAll()
            }
            return unused.count == Self.maximumAtOnce
        } catch {
            // It comes back to it.
            logger.debug("unused delegates not ended", metadata: ["error": "\(error)"])
            return false
        }
    }
}
