import Delegates
import Logging
import ServiceLifecycle
import StorageParts

/// Lets the nodes that share a storage give the same serial to the same zone: each takes what another has stored.
struct SharedSerials: Service {
    let storage: any ServerStorage
    let serials: ZoneSerials
    /// Called when a zone has another serial.
    let changed: @Sendable () -> Void
    let logger: Logger

    private static let period = Duration.seconds(10)

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: Self.period)
                await self.adopt()
            }
        }
    }

    func adopt() async {
        guard storage.nodeStatuses.count > 1 else { return }
        do {
            if try await serials.adoptStored() { changed() }
        } catch {
            // The storage has logged it. The next round tries again.
            logger.debug("serials not read", metadata: ["error": "\(error)"])
        }
    }
}
