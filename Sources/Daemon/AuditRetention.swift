import Delegates
import Logging
import ServiceLifecycle

/// Takes entries out of the audit log: those that are older than they have to be kept, and those of which there are more than are kept. On a
/// full disk the storage takes out more by itself.
struct AuditRetention: Service {
    let storage: any DelegateStorage
    let clock: SteadyClock
    /// How long entries are kept.
    let lifetime: Duration
    /// How many are kept.
    let maximumCount: Int
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
    func forgetSome() async -> Bool {
        let now = clock.now
        let oldest = now.advanced(by: .zero - lifetime)
        do {
            guard !Task.isCancelled else { return false }
            let count = try await storage.auditEntryCount()
            let isOld = try await storage.beginningOfAudit().map { $0 < oldest } ?? false
            // That it was shortened is an entry itself.
            guard isOld || count > maximumCount + 1 else { return false }
            let change = Change.forgetAudit(before: oldest, keeping: maximumCount, maximum: Self.maximumAtOnce)
            try await storage.commit(change, by: Actor(.server, from: nil), at: now)
            return true
        } catch {
            // It comes back to it.
            logger.debug("audit log not shortened", metadata: ["error": "\(error)"])
            return false
        }
    }
}
