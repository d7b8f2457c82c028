import CSockets
import DNS
import Glibc
import Synchronization

/// Sockets that a service manager has bound, and holds while this process is not there: systemd's socket activation (sd_listen_fds(3)).
/// A door takes the one with its address instead of binding. What comes to it between two processes waits in it.
package final class GivenSockets: Sendable {
    /// Those that no door has taken yet.
    private let waiting: Mutex<[GivenSocket]>

    /// The number of the first given descriptor; the others follow it.
    private static let firstDescriptor: CInt = 3
    /// The maximum number of given sockets. A list of addresses is never that long.
    private static let maximumCount = 1000

    package enum Transport: String, Sendable {
        case udp = "UDP"
        case tcp = "TCP"
    }

    /// No sockets are given: each door binds its own.
    package static var none: GivenSockets { GivenSockets([]) }

    private init(_ sockets: [GivenSocket]) {
        waiting = Mutex(sockets)
    }

    /// Reads what LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES say. Programs that this process starts do not inherit the sockets.
    ///
    /// - Parameters:
    ///   - environment: these variables. Those for another process count as none.
    ///   - firstDescriptor: another number than the service manager's, for tests.
    /// - Throws: ``GivenSocketError`` if a descriptor is not a socket that can be used.
    package convenience init(
        _ environment: [String: String], processID: Int32 = getpid(), firstDescriptor: CInt = GivenSockets.firstDescriptor
    ) throws(GivenSocketError) {
        guard let process = environment["LISTEN_PID"], Int32(process) == processID, let text = environment["LISTEN_FDS"] else {
            self.init([])
            return
        }
        guard let count = Int(text), (0...Self.maximumCount).contains(count) else {
            throw GivenSocketError("LISTEN_FDS is “\(text)”, which is not a number of sockets from 0 to \(Self.maximumCount)")
        }
        let names = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
        var sockets: [GivenSocket] = []
        for index in 0..<count {
            let name = names.indices.contains(index) && !names[index].isEmpty ? String(names[index]) : "number \(index + 1)"
            sockets.append(try GivenSocket(descriptor: firstDescriptor + CInt(index), name: name))
        }
        self.init(sockets)
    }

    deinit {
        for socket in waiting.withLock(\.self) { close(socket.descriptor) }
    }

    /// Hands over the socket with an address. Its descriptor is the caller's, who closes it.
    ///
    /// - Returns: `nil` if there is none: then the caller binds its own.
    package func take(_ transport: Transport, _ endpoint: Endpoint) -> CInt? {
        waiting.withLock { waiting in
            waiting.firstIndex { $0.transport == transport && $0.endpoint == endpoint }.map {
                waiting.remove(at: $0).descriptor
            }
        }
    }

    /// - Throws: ``GivenSocketError`` if a socket is left: clients that come to it would wait for ever.
    package func checkAllTaken() throws(GivenSocketError) {
        guard let left = waiting.withLock(\.first) else { return }
        throw GivenSocketError(
            "the service manager gives the socket “\(left.name)” on \(left.endpoint) (\(left.transport.rawValue)), and the "
                + "configuration has no such address. Name it in “nameserver.listen”, “nameserver.tls.listen” or "
                + "“webserver.listen”, or take it out of the socket unit.")
    }
}

/// A socket that a service manager has bound.
private struct GivenSocket: Sendable {
    let descriptor: CInt
    let transport: GivenSockets.Transport
    let endpoint: Endpoint
    /// What the service manager calls it, for messages.
    let name: String

    init(descriptor: CInt, name: String) throws(GivenSocketError) {
        self.descriptor = descriptor
        self.name = name
        let what = "the service manager gives “\(name)” (descriptor \(descriptor)), "
        var found = socket_description()
        let result = unsafe socket_describe(descriptor, &found)
        switch result {
        case 0: break
        case -EBADF: throw GivenSocketError(what + "and it is not open")
        case -ENOTSOCK: throw GivenSocketError(what + "which is not a socket")
        default: throw GivenSocketError(what + "which is not a socket of IPv4 or IPv6 for UDP or TCP")
        }
        transport = found.is_stream ? .tcp : .udp
        let host: Endpoint.Host =
            found.is_v6
            ? .v6(IPv6Address(high: found.high, low: found.low))
            : .v4(IPv4Address(number: UInt32(truncatingIfNeeded: found.low)))
        endpoint = Endpoint(host: host, port: found.port)
        guard endpoint.port != 0 else { throw GivenSocketError(what + "which is bound to no port") }
        guard !found.is_stream || found.listens else {
            throw GivenSocketError(what + "on \(endpoint), which does not listen: a connection (Accept=yes) cannot be used")
        }
        // A client's address has one form here, and its network one limit.
        guard !found.is_v6 || !endpoint.isAnyAddress || found.only_v6 else {
            throw GivenSocketError(
                what + "on \(endpoint), which takes clients of IPv4, too: set “BindIPv6Only=ipv6-only” in the socket unit, and "
                    + "list an address of IPv4 besides")
        }
    }
}

/// Why given sockets cannot be used, in words.
package struct GivenSocketError: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String

    init(_ description: String) {
        self.description = description
    }
}
