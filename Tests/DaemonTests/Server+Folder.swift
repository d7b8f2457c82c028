import Foundation
import Logging
import ServiceLifecycle

@testable import Daemon

extension Server {
    /// A server in this process, without a log, with the configuration that a folder has now and at each reload.
    init(readingFrom folder: URL, clocks: Clocks? = nil) async throws {
        let read: Reloading.Reader = {
            var entries = ConfigurationEntries()
            entries.add(file: folder.appending(path: "nuncio.yaml").path)
            return Result { () throws(ConfigurationProblems) in try Configuration(entries, processors: 1) }
        }
        try await self.init(
            try read().get(), version: "test", reader: read, logger: Self.quiet, logLevel: SharedLogLevel(.critical),
            clocks: clocks)
    }

    /// Writes a configuration with the storage in the same folder and without resolvers, and makes a server that reads it.
    init(in folder: URL, clocks: Clocks? = nil, _ changes: (inout String) -> Void = { _ in }) async throws {
        try NuncioProcess.writeConfiguration(in: folder) { text in
            text += "storage: {sqlite: {path: \"\(folder.path)/nuncio.db\"}}\ndnssec: {resolvers: []}\n"
            changes(&text)
        }
        try await self.init(readingFrom: folder, clocks: clocks)
    }

    private static var quiet: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

    private struct Part: Service {
        let server: Server

        func run() async throws { try await server.run() }
    }

    /// Runs the server around a body, and shuts it down gracefully.
    func serve<Outcome: Sendable>(_ body: () async throws -> Outcome) async throws -> Outcome {
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [Part(server: self)], logger: Self.quiet))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let outcome: Result<Outcome, any Error>
            do {
                outcome = .success(try await body())
            } catch {
                outcome = .failure(error)
            }
            // This closes the storage, so that the next server can open it.
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return try outcome.get()
        }
    }
}
