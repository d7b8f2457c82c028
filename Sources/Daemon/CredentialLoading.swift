import Delegates
import Logging
import ServiceLifecycle

/// Loads the credentials into memory after the start, and again should the table miss a change. Until then requests ask the storage.
struct CredentialLoading: Service {
    let storage: any DelegateStorage
    let credentials: CredentialTable
    let logger: Logger

    private static let period = Duration.seconds(10)

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                if !self.credentials.isComplete { await self.load() }
                try await Task.sleep(for: Self.period)
            }
        }
    }

    private func load() async {
        do {
            guard try await storage.load(into: credentials) else { return }
            logger.info("credentials in memory", metadata: ["storage.credentials": "\(credentials.count)"])
        } catch {
            // The storage has logged it. The next round tries again.
            logger.debug("credentials not loaded", metadata: ["error": "\(error)"])
        }
    }
}
