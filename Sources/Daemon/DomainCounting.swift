import Delegates
import Logging
import PrometheusMetrics
import ServiceLifecycle
import Synchronization

/// Counts the declared domains regularly, for their metric: a request for metrics must not wait for the storage.
final class DomainCounting: Service {
    private let storage: any DelegateStorage
    private let logger: Logger
    /// `nil` until they have been counted.
    private let counts = Mutex<[DomainState: Int]?>(nil)

    private static let period = Duration.seconds(30)

    init(storage: any DelegateStorage, logger: Logger) {
        self.storage = storage
        self.logger = logger
    }

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: Self.period)
                await self.count()
            }
        }
    }

    /// Counts them now. If the storage has trouble, the last counts stay.
    func count() async {
        do {
            let counted = try await storage.domainCounts()
            counts.withLock { $0 = counted }
        } catch {
            logger.debug("domains not counted", metadata: ["error": "\(error)"])
        }
    }

    func write(to exposition: inout Exposition) {
        guard let counts = counts.withLock(\.self) else { return }
        exposition.write(
            .gauge, "nuncio_domains", "Declared domains by the last verdict on them, counted every 30 seconds.",
            DomainState.allCases.map { ([("verdict", $0.rawValue)], Double(counts[$0] ?? 0)) })
    }
}
