import DelegateAPI
import Delegates
import Logging
import NIOPosix
import PrometheusMetrics
import Synchronization
import TestSupport
import Testing
import Webserver

/// Only what never waits for a disk or a lock runs on the event loops, which have all other connections, too.
struct EventLoopTests {
    /// Notes on which threads requests run.
    private final class Seen: Sendable {
        private let noted = Mutex<Set<Bool>>([])

        /// Whether any ran on an event loop, and whether any did not.
        var isOnEventLoop: Set<Bool> { noted.withLock(\.self) }

        func note() { noted.withLock { _ = $0.insert(MultiThreadedEventLoopGroup.currentEventLoop != nil) } }
    }

    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test func `the public API's requests run on the event loops`() async throws {
        let seen = Seen()
        let clock = SteadyClock {
            seen.note()
            return Samples.start
        }
        try await RunningWebserver.run(clock: clock) { server async throws in
            let credential = try await server.register()
            #expect(try await server.update(credential, Samples.value(1).text).status == 200)
        }
        #expect(seen.isOnEventLoop.contains(true))
    }

    @Test func `metrics, readiness and what operators ask for do not`() async throws {
        let seen = Seen()
        let observing = Routes(
            metrics: {
                seen.note()
                return Exposition()
            },
            readiness: {
                seen.note()
                return ReadinessResponse(ready: true, storageTrouble: nil, zones: [])
            }, logger: Self.quiet)
        let (lines, _) = AsyncStream.makeStream(of: TraceLine.self)
        let services = try RunningOperatorAPI.services(MemoryStorage(), DelegateTable(), trace: lines, token: nil)
        let operating = Routes(
            number: {
                // Each request looks.
                seen.note()
                return 0
            }, logger: Self.quiet
        ) {
            services
        }
        for (routes, path) in [(observing, "/metrics"), (observing, "/readyz"), (operating, "/v1/status")] {
            try await RunningListener.run(routes) { http async throws in
                for _ in 0..<3 { #expect(try await http.send("GET", path).status == 200) }
            }
        }
        #expect(seen.isOnEventLoop == [false])
    }
}
