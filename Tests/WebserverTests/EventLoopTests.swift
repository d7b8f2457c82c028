import DelegateAPI
import Logging
import NIOPosix
import PrometheusMetrics
import Synchronization
import Testing
import Webserver

/// Only routes that never wait for a disk or a lock run on the event loops, which have all other connections, too.
struct EventLoopTests {
    private final class Seen: Sendable {
        let isOnEventLoop = Mutex<[Bool]>([])
    }

    @Test(arguments: [false, true])
    func `requests run on the event loops only where that is said`(onEventLoops: Bool) async throws {
        let seen = Seen()
        let routes = Routes(
            metrics: {
                seen.isOnEventLoop.withLock { $0.append(MultiThreadedEventLoopGroup.currentEventLoop != nil) }
                return Exposition()
            }, readiness: { ReadinessResponse(ready: true, storageTrouble: nil, zones: []) },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await RunningListener.run(routes, onEventLoops: onEventLoops) { http async throws in
            for _ in 0..<4 { #expect(try await http.send("GET", "/metrics").status == 200) }
        }
        #expect(seen.isOnEventLoop.withLock(\.self) == Array(repeating: onEventLoops, count: 4))
    }
}
