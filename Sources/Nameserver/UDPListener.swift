import Authority
import CClock
import CSockets
import DNS
import Delegates
import Glibc
import Logging
import NIOPosix
import ServiceLifecycle
package import Sockets
import Synchronization
import SystemErrors

/// Answers over UDP on one address: several threads with a socket each, among which the kernel spreads the clients.
///
/// A datagram needs no event loop. Measured on two cores, the bare loop took about 5 µs of CPU a query, most of it the kernel's;
/// SwiftNIO's vectored datagram channel took more.
package final class UDPListener: Service {
    private let sockets: ListeningSockets
    private let parts: ListenerParts

    /// The maximum number of datagrams received, and answered, with one system call.
    private static let batchSize = UInt32(Responder.maximumAnticipated)
    /// Batches of at least this number of datagrams are anticipated.
    private static let anticipatedBatch = 4
    /// The clock, which gives whole seconds, is read again after this number of nanoseconds.
    private static let clockPeriod: UInt64 = 100_000_000
    /// Longer datagrams, in octets, are cut off and so get FORMERR. No query comes near this length.
    private static let maximumQueryLength = 4096
    /// The maximum number of batches still answered once shutdown has begun, however many queries keep coming.
    private static let maximumLastBatches = 64

    /// Binds the sockets; queries wait in them until ``run()`` runs.
    ///
    /// - Parameter given: the socket that a service manager has bound to the endpoint; `nil` if there is none.
    /// - Throws: ``ListenError``.
    package init(endpoint: Endpoint, threads: Int, given: CInt? = nil, parts: ListenerParts) throws(ListenError) {
        self.parts = parts
        sockets = try ListeningSockets(.udp, endpoint: endpoint, count: threads, given: given)
    }

    /// With the port that was bound.
    package var endpoint: Endpoint { sockets.endpoint }

    /// Answers until shutdown begins, and then what has come by then.
    package func run() async throws {
        try await sockets.run { self.answer(on: $0) }
    }

    private static func sender(of index: CInt, in datagrams: OpaquePointer) -> IPAddress {
        var high: UInt64 = 0
        var low: UInt64 = 0
        let isV6 = unsafe datagrams_sender(datagrams, index, &high, &low)
        return IPAddress(isV6: isV6, high: high, low: low)
    }

    private func answer(on socket: CInt) {
        guard
            let datagrams = unsafe datagrams_create(
                Self.batchSize, Self.maximumQueryLength, Responder.maximumUDPLength)
        else {
            parts.logger.critical("no memory for datagrams", metadata: ["listener": "\(endpoint)"])
            return
        }
        defer { unsafe datagrams_destroy(datagrams) }
        var current = parts.responder.copy
        var workspace = Workspace(
            rateLimit: current.responder.rateLimit.shared(by: sockets.count),
            signaturesPerSecond: current.responder.signaturesPerSecond)
        let counters = parts.statistics.makeCounters(.udp)
        var now = parts.clock.now
        var nextReading: UInt64 = 0
        var batchesLeft = Self.maximumLastBatches
        while batchesLeft > 0 {
            if sockets.isStopping { batchesLeft -= 1 }
            let count = unsafe datagrams_receive(datagrams, socket, sockets.wakeDescriptor)
            guard count != 0 else { return }
            guard count > 0 else {
                parts.logger.error(
                    "receiving failed", metadata: ["listener": "\(endpoint)", "error": "\(SystemError.text(-count))"])
                // Whatever the error is, it will not pass within a microsecond.
                usleep(10_000)
                continue
            }
            if parts.responder.refresh(&current) {
                workspace.setRateLimit(current.responder.rateLimit.shared(by: sockets.count))
                workspace.setSignaturesPerSecond(current.responder.signaturesPerSecond)
            }
            let began = monotonic_nanoseconds()
            if began >= nextReading {
                now = parts.clock.now
                nextReading = began + Self.clockPeriod
            }
            current.responder.beginBatch(with: &workspace)
            let responses = unsafe answer(
                datagrams, count: count, by: current.responder, at: now, with: &workspace, counting: counters)
            unsafe _ = datagrams_send(datagrams, socket)
            counters.count(responses: responses, nanoseconds: monotonic_nanoseconds() &- began)
        }
    }

    /// Answers the datagrams of a batch. A parameter, because a responder in a variable is copied for each use of it.
    ///
    /// - Returns: the number of responses.
    private func answer(
        _ datagrams: OpaquePointer, count: CInt, by responder: Responder, at now: Timestamp, with workspace: inout Workspace,
        counting counters: QueryCounters
    ) -> Int {
        if count >= Self.anticipatedBatch, responder.isWorthAnticipating {
            for index in 0..<count {
                let message = unsafe Span(
                    _unsafeStart: datagrams_payload(datagrams, index), count: datagrams_length(datagrams, index))
                responder.anticipate(message, with: &workspace)
            }
            responder.lookAhead(with: &workspace)
        }
        var responses = 0
        for index in 0..<count {
            let message = unsafe Span(
                _unsafeStart: datagrams_payload(datagrams, index), count: datagrams_length(datagrams, index))
            let sender = unsafe Self.sender(of: index, in: datagrams)
            let exchange = responder.respond(to: message, from: sender, over: .udp, at: now, with: &workspace)
            counters.count(exchange, queryLength: message.count, response: workspace.response.message, from: sender)
            guard exchange.hasResponse else { continue }
            responses += 1
            if parts.tap.isActive { parts.tap.observe(workspace.response.octets, to: sender, over: .udp) }
            unsafe workspace.response.message.withOctets { octets in
                unsafe datagrams_respond(datagrams, index, octets.baseAddress, octets.count)
            }
        }
        return responses
    }
}
