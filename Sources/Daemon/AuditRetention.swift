import Delegates
import Logging
import ServiceLifecycle

/// Removes entries from the audit log: those that are older than their retention, and those above the maximum count. On a full disk the
/// storage removes more by itself.
struct AuditRetention: Service {
    let storage: any DelegateStorage
    let clock: SteadyClock
    /// How long entries are kept.
    let lifetime: Duration
    /// The number of entries that are kept.
    let maximumCount: Int
    let logger: Logger

    /// The number of entries that are removed at a time. They share commits with other changes, which should not have to wait.
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

    /// - Returns: whether there may be more to remove now.
    func forgetSome() async -> Bool {
        let now = clock.now
        let oldest = now.advanced(by: .zero - lifetime)
        do {
            guard !Task.isCancelled, storage.leads else { return false }
            let count = try await storage.auditEntryCount()
            let isOld = try await storage.beginningOfAudit().map { $0 < oldest } ?? false
            // The shortening is an entry itself.
            guard isOld || count > maximumCount + 1 else { return false }
            let change = Change.forgetAudit(before: oldest, keeping: maximumCount, maximum: Self.maximumAtOnce)
            try await storage.commit(change, by: Actor(.server, from: nil), at: now)
            return true
        } catch {
            // The next round tries again.
            logger.debug("audit log not shortened", metadata: ["error": "\(error)"])
            return false
        }
    }
}
