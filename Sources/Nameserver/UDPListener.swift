import Authority
import CDatagrams
import DNS
package import Delegates
import Glibc
package import Logging
import NIOPosix
import ServiceLifecycle
package import Sockets
import Synchronization

/// Answers over UDP on one address: some threads, a socket each, between which the kernel spreads the clients.
package final class UDPListener: Service {
    /// With the port that was bound.
    package let endpoint: Endpoint
    private let sockets: [CInt]
    private let wake: CInt
    private let responder: CurrentResponder
    private let clock: SteadyClock
    private let tap: QueryTap
    private let statistics: QueryStatistics
    private let logger: Logger
    private let isStopping = Atomic(false)

    /// So many datagrams are received, and answered, with one system call.
    private static let batchSize: UInt32 = 32
    /// The clock that tells whole seconds is read again after so many nanoseconds.
    private static let clockPeriod: UInt64 = 100_000_000
    /// Longer datagrams are cut off, and so get FORMERR. No query comes near it.
    private static let maximumQueryLength = 4096
    /// When shutdown has begun, so many batches are still answered at most, however many queries keep coming.
    private static let maximumLastBatches = 64

    /// Binds the sockets; queries wait in them until ``run()`` runs.
    ///
    /// - Throws: ``ListenError``.
    package init(
        endpoint: Endpoint, threads: Int, responder: CurrentResponder, clock: SteadyClock, tap: QueryTap,
        statistics: QueryStatistics, logger: Logger
    ) throws(ListenError) {
        self.responder = responder
        self.clock = clock
        self.tap = tap
        self.statistics = statistics
        self.logger = logger
        wake = datagrams_wake_open()
        guard wake >= 0 else { throw ListenError(endpoint: endpoint, transport: "UDP", errorNumber: errno) }
        do {
            (sockets, self.endpoint) = try Self.openSockets(endpoint, count: threads)
        } catch {
            close(wake)
            throw error
        }
    }

    private static func openSockets(_ endpoint: Endpoint, count: Int) throws(ListenError) -> ([CInt], Endpoint) {
        var bound = endpoint
        var sockets: [CInt] = []
        func open(sharing: Bool) throws(ListenError) {
            let result = unsafe datagrams_open(endpoint.hostText, &bound.port, sharing)
            guard result >= 0 else {
                for socket in sockets { close(socket) }
                throw ListenError(endpoint: endpoint, transport: "UDP", errorNumber: -result)
            }
            sockets.append(result)
        }
        // Sockets that share a port would also share it with those of another process: see first that there is none.
        try open(sharing: false)
        if count > 1 {
            close(sockets.removeLast())
            for _ in 0..<count { try open(sharing: true) }
        }
        return (sockets, bound)
    }

    deinit {
        for socket in sockets { close(socket) }
        close(wake)
    }

    /// Answers until shutdown begins, and then what has come until then.
    package func run() async throws {
        let threads = NIOThreadPool(numberOfThreads: sockets.count)
        threads.start()
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await withThrowingTaskGroup { group in
                for socket in sockets {
                    group.addTask { try await threads.runIfActive { self.answer(on: socket) } }
                }
                try await group.waitForAll()
            }
        } onCancelOrGracefulShutdown: {
            self.isStopping.store(true, ordering: .releasing)
            datagrams_wake(self.wake)
        }
        try await threads.shutdownGracefully()
    }

    private static func sender(of index: CInt, in datagrams: OpaquePointer) -> IPAddress {
        var high: UInt64 = 0
        var low: UInt64 = 0
        let isV6 = unsafe datagrams_sender(datagrams, index, &high, &low)
        return isV6
            ? IPAddress(IPv6Address(high: high, low: low)) : IPAddress(IPv4Address(number: UInt32(truncatingIfNeeded: low)))
    }

    private func answer(on socket: CInt) {
        guard
            let datagrams = unsafe datagrams_create(
                Self.batchSize, Self.maximumQueryLength, Responder.maximumUDPLength)
        else {
            logger.critical("no memory for datagrams", metadata: ["listener": "\(endpoint)"])
            return
        }
        defer { unsafe datagrams_destroy(datagrams) }
        var current = responder.copy
        var workspace = Workspace(rateLimit: current.responder.rateLimit.shared(by: sockets.count))
        let counters = statistics.makeCounters(.udp)
        var now = clock.now
        var nextReading: UInt64 = 0
        var batchesLeft = Self.maximumLastBatches
        while batchesLeft > 0 {
            if isStopping.load(ordering: .acquiring) { batchesLeft -= 1 }
            let count = unsafe datagrams_receive(datagrams, socket, wake)
            guard count != 0 else { return }
            guard count > 0 else {
                logger.error("receiving failed", metadata: ["listener": "\(endpoint)", "errno": "\(-count)"])
                // Whatever it is will not pass within the same microsecond.
                usleep(10_000)
                continue
            }
            if responder.refresh(&current) {
                workspace.setRateLimit(current.responder.rateLimit.shared(by: sockets.count))
            }
            let began = Self.nanoseconds
            if began >= nextReading {
                now = clock.now
                nextReading = began + Self.clockPeriod
            }
            var responses = 0
            for index in 0..<count {
                let message = unsafe Span(
                    _unsafeStart: datagrams_payload(datagrams, index), count: datagrams_length(datagrams, index))
                let sender = unsafe Self.sender(of: index, in: datagrams)
                let exchange = current.responder.respond(to: message, from: sender, over: .udp, at: now, with: &workspace)
                counters.count(exchange, queryLength: message.count, response: workspace.response, from: sender)
                guard exchange.hasResponse else { continue }
                responses += 1
                if tap.isActive { tap.observe(workspace.response.octets, to: sender, over: .udp) }
                unsafe workspace.response.withOctets { octets in
                    unsafe datagrams_respond(datagrams, index, octets.baseAddress, octets.count)
                }
            }
            unsafe _ = datagrams_send(datagrams, socket)
            counters.count(responses: responses, nanoseconds: Self.nanoseconds &- began)
        }
    }

    /// Of a clock that is never set.
    private static var nanoseconds: UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
}
