import Authority
import CClock
import CSockets
import Delegates
import Glibc
import Logging
import NIOCore
import Sockets
import SystemErrors

/// The TCP connections of one thread, with a listening socket and an epoll instance of its own. A connection for a single query takes seven
/// system calls; SwiftNIO's event loops would take twice as many.
///
/// A certificate authority's resolver opens a connection for one query. On SwiftNIO that took 78 µs of CPU, 44 % of it the kernel's, for
/// twice the system calls, 31 % reference counts and the pipeline. Knot DNS took 20.5 µs in the same run, as this loop does.
final class TCPLoop {
    private let listener: CInt
    private let parts: ListenerParts
    private let workplace: TCPConnection.Workplace
    private let watch: CInt
    /// Each connection at its place, which the system reports when the connection is ready.
    private var connections: [TCPConnection?] = []
    private var freePlaces: [Int] = []
    /// Whether descriptors or memory ran out; logged once until a connection is accepted again.
    private var isOutOfDescriptors = false
    /// The time before which no connection has been idle for too long, in steady nanoseconds.
    private var nextExpiry = UInt64.max

    private static let maximumEvents = 64
    /// The maximum number of connections accepted before the open ones get their turn.
    private static let maximumAccepted = 32
    /// The minimum time between two searches for idle connections, in nanoseconds.
    private static let expiryPeriod: UInt64 = 100_000_000
    /// The places of what is not a connection.
    private static let listenerPlace = UInt64.max
    private static let wakePlace = UInt64.max - 1

    struct Failure: Error {
        var errorNumber: CInt
    }

    /// - Parameters:
    ///   - listener: a socket that listens and does not block.
    ///   - wakeDescriptor: readable as soon as the loop must end.
    init(listener: CInt, wakeDescriptor: CInt, parts: ListenerParts) throws(Failure) {
        self.listener = listener
        self.parts = parts
        workplace = TCPConnection.Workplace(parts: parts)
        watch = watch_open()
        guard watch >= 0, watch_add(watch, listener, false, Self.listenerPlace),
            watch_add(watch, wakeDescriptor, false, Self.wakePlace)
        else { throw Failure(errorNumber: errno) }
    }

    deinit {
        if watch >= 0 { close(watch) }
    }

    /// Answers until it is woken.
    func run() {
        var ready = [UInt64](repeating: 0, count: Self.maximumEvents)
        var isWoken = false
        while !isWoken {
            let count = unsafe watch_wait(watch, &ready, CInt(ready.count), millisecondsToWait)
            workplace.refresh()
            for place in ready.prefix(Int(count)) {
                switch place {
                case Self.listenerPlace: accept()
                case Self.wakePlace: isWoken = true
                default: serve(Int(place))
                }
            }
            if workplace.steadyNow >= nextExpiry { endIdle() }
        }
    }

    /// Closes the connections.
    func endAll() {
        for place in connections.indices { end(place) }
    }

    // MARK: What is ready

    private func accept() {
        for _ in 0..<Self.maximumAccepted {
            guard parts.connections.hasRoom else {
                // Another thread has the connections that must close.
                usleep(1000)
                return
            }
            var isV6 = false
            var high: UInt64 = 0
            var low: UInt64 = 0
            let descriptor = unsafe streams_accept(listener, &isV6, &high, &low)
            guard descriptor >= 0 else { return acceptFailed(-descriptor) }
            isOutOfDescriptors = false
            let client = IPAddress(isV6: isV6, high: high, low: low)
            guard let ticket = parts.connections.add(.descriptor(descriptor), from: ClientNetwork(client)) else {
                close(descriptor)
                continue
            }
            begin(TCPConnection(descriptor: descriptor, ticket: ticket, client: client, steadyNow: workplace.steadyNow))
        }
    }

    private func acceptFailed(_ errorNumber: CInt) {
        // Any other error is the end of the new connection, or says that there is none.
        guard [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errorNumber) else { return }
        if !isOutOfDescriptors {
            parts.logger.error("connections cannot be accepted", metadata: ["error": "\(SystemError.text(errorNumber))"])
        }
        isOutOfDescriptors = true
        // This lasts for a while, and the connection waits.
        usleep(10_000)
    }

    private func begin(_ connection: TCPConnection) {
        // As a rule, the query is there already.
        guard let readiness = connection.takeTurn(workplace) else { return close(connection) }
        let place = freePlaces.last ?? connections.count
        guard watch_add(watch, connection.descriptor, readiness == .writable, UInt64(place)) else {
            parts.logger.error("a connection cannot be watched", metadata: ["error": "\(SystemError.last)"])
            return close(connection)
        }
        connection.awaited = readiness
        if place == connections.count { connections.append(nil) } else { freePlaces.removeLast() }
        connections[place] = connection
        nextExpiry = min(nextExpiry, connection.lastProgress + timeout)
    }

    private func serve(_ place: Int) {
        guard let connection = connections[place] else { return }
        guard let readiness = connection.takeTurn(workplace) else { return end(place) }
        guard readiness != connection.awaited else { return }
        connection.awaited = readiness
        guard watch_change(watch, connection.descriptor, readiness == .writable, UInt64(place)) else { return end(place) }
    }

    // MARK: The end

    private func end(_ place: Int) {
        guard let connection = connections[place] else { return }
        connections[place] = nil
        freePlaces.append(place)
        close(connection)
    }

    private func close(_ connection: TCPConnection) {
        // In this order: until the connection is removed, other threads may shut the descriptor down.
        parts.connections.remove(connection.ticket)
        close(connection.descriptor)
    }

    private func close(_ descriptor: CInt) {
        Glibc.close(descriptor)
    }

    /// In nanoseconds. A connection without a whole message for this long is closed, whether it sent nothing or sent too slowly.
    private var timeout: UInt64 {
        UInt64(TimeAmount(workplace.loop.responder.connectionTimeout).nanoseconds)
    }

    private func endIdle() {
        let timeout = timeout
        var oldest = UInt64.max
        for place in connections.indices {
            guard let connection = connections[place] else { continue }
            if workplace.steadyNow >= connection.lastProgress + timeout {
                end(place)
            } else {
                oldest = min(oldest, connection.lastProgress)
            }
        }
        nextExpiry = oldest == .max ? .max : max(oldest + timeout, workplace.steadyNow + Self.expiryPeriod)
    }

    private var millisecondsToWait: CInt {
        guard nextExpiry != .max else { return -1 }
        let now = monotonic_nanoseconds()
        return nextExpiry <= now ? 0 : CInt(clamping: (nextExpiry - now) / 1_000_000 + 1)
    }
}
