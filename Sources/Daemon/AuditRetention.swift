import Delegates
import Logging
import ServiceLifecycle

/// Takes entries out of the audit log that are older than they have to be kept.
struct AuditRetention: Service {
    let storage: any DelegateStorage
    let clock: SteadyClock
    /// How long entries are kept.
    let lifetime: Duration
    let logger: Logger

    /// So many are taken out at a time: together with other changes, which should not have to wait.
    private static let maximumAtOnce = 10_000
    private static let period = Duration.seconds(60)

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                while await forgetSome() {}
                try await Task.sleep(for: Self.period)
            }
        }
    }

    /// - Returns: whether there may be more to take out at once.
    private func forgetSome() async -> Bool {
        let now = clock.now
        let oldest = now.advanced(by: .zero - lifetime)
        do {
            guard !Task.isCancelled, let beginning = try await storage.beginningOfAudit(), beginning < oldest else {
                return false
            }
            let change = Change.forgetAudit(before: oldest, maximum: Self.maximumAtOnce)
            try await storage.commit(change, by: Actor(.server, from: nil), at: now) { _ in }
            return true
        } catch {
            // It comes back to it.
            logger.debug("audit log not shortened", metadata: ["error": "\(error)"])
            return false
        }
    }
}
