import Foundation
import Glibc

/// Asks a name server over real sockets, one message at a time, and waits at most `timeout` seconds for the response.
package struct TestClient: Sendable {
    private let host: String
    private let port: UInt16
    private let timeout: Int
    /// The IPv4 address to ask from; `nil` if the system chooses it.
    private let source: String?

    package init(host: String = "127.0.0.1", port: UInt16, timeout: Int = Patience.seconds, source: String? = nil) {
        self.source = source
        self.host = host
        self.port = port
        self.timeout = timeout
    }

    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    /// Sends a datagram and returns its response. Like a resolver, it skips a response to a socket that had the port before.
    package func askOverUDP(_ message: [UInt8]) throws -> [UInt8] {
        let socket = try connected(SOCK_DGRAM)
        defer { close(socket) }
        guard send(socket, message, message.count, 0) == message.count else { throw failure("send") }
        var response = [UInt8](repeating: 0, count: 65_535)
        while true {
            let count = recv(socket, &response, response.count, 0)
            guard count >= 0 else { throw failure("nothing came back by UDP") }
            if count < 2 || response[..<2] == message[..<2] { return Array(response[..<count]) }
        }
    }

    /// Sends datagrams from one socket without waiting for a response.
    package func sendOverUDP(_ messages: [[UInt8]]) throws {
        let socket = try connected(SOCK_DGRAM)
        defer { close(socket) }
        for message in messages { _ = send(socket, message, message.count, 0) }
    }

    /// Sends one message over its own connection.
    package func askOverTCP(_ message: [UInt8]) throws -> [UInt8] {
        let connection = try openTCP()
        defer { connection.end() }
        try connection.send(TCPConnection.framed(message))
        return try connection.receiveMessage()
    }

    package func openTCP() throws -> TCPConnection {
        TCPConnection(socket: try connected(SOCK_STREAM))
    }

    private func connected(_ type: __socket_type) throws -> CInt {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        hints.ai_socktype = CInt(type.rawValue)
        var info: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &info) == 0, let address = info else { throw failure("address") }
        defer { freeaddrinfo(info) }
        let socket = Glibc.socket(address.pointee.ai_family, CInt(type.rawValue), 0)
        var limit = timeval(tv_sec: timeout, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        if let source {
            var from = sockaddr_in()
            from.sin_family = sa_family_t(AF_INET)
            inet_pton(AF_INET, source, &from.sin_addr)
            let length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let outcome = withUnsafePointer(to: &from) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, length) }
            }
            guard outcome == 0 else {
                close(socket)
                throw failure("bind to \(source)")
            }
        }
        guard connect(socket, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0 else {
            close(socket)
            throw failure("connect")
        }
        return socket
    }
}

/// A TCP connection over which a test sends what it likes, when it likes.
package final class TCPConnection: Sendable {
    private let socket: CInt

    init(socket: CInt) {
        self.socket = socket
    }

    /// Connects to a Unix socket, where the same holds as over TCP.
    ///
    /// - Parameters:
    ///   - path: At most 107 octets.
    ///   - timeout: The limit for each send and receive, in seconds.
    package init(path: String, timeout: Int = Patience.seconds) throws {
        socket = Glibc.socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: timeout, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let outcome = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, length) }
        }
        guard outcome == 0 else { throw failure("connect to \(path)") }
    }

    package static func framed(_ message: [UInt8]) -> [UInt8] {
        [UInt8(message.count >> 8), UInt8(message.count & 0xFF)] + message
    }

    package func send(_ octets: [UInt8]) throws {
        var sent = 0
        while sent < octets.count {
            let count = octets[sent...].withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw failure("send") }
            sent += count
        }
    }

    /// Closes this side: nothing more will be sent.
    package func finish() {
        shutdown(socket, CInt(SHUT_WR))
    }

    package func receiveMessage() throws -> [UInt8] {
        let length = try receive(2)
        return try receive(Int(length[0]) << 8 | Int(length[1]))
    }

    /// Receives exactly `count` octets.
    package func receive(_ count: Int) throws -> [UInt8] {
        var octets: [UInt8] = []
        while octets.count < count {
            guard let more = try receiveSome(atMost: count - octets.count) else { throw failure("the connection ended") }
            octets += more
        }
        return octets
    }

    /// The next octets; `nil` if the other side has closed or reset the connection.
    package func receiveSome(atMost count: Int = 65_536) throws -> [UInt8]? {
        var octets = [UInt8](repeating: 0, count: count)
        let received = recv(socket, &octets, count, 0)
        if received < 0 && errno == ECONNRESET { return nil }
        guard received >= 0 else { throw failure("nothing came by TCP") }
        return received == 0 ? nil : Array(octets[..<received])
    }

    /// POLLRDHUP, which Glibc's module does not have.
    private static let peerHasClosed: Int16 = 0x2000

    /// Whether the other side has ended the connection, found out without reading.
    package var hasEnded: Bool {
        var asked = pollfd(fd: socket, events: Self.peerHasClosed, revents: 0)
        return poll(&asked, 1, 0) > 0
    }

    /// Limits the octets that the kernel keeps unread for this side, so that the other side's writing stops soon.
    package func keepUnread(atMost octets: CInt) throws {
        var octets = octets
        guard setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &octets, socklen_t(MemoryLayout<CInt>.size)) == 0 else {
            throw failure("SO_RCVBUF")
        }
    }

    /// Receives everything until the other side closes.
    package func receiveAll() throws -> [UInt8] {
        var octets: [UInt8] = []
        while let more = try receiveSome() { octets += more }
        return octets
    }

    /// Ends the connection with a reset, as a client that crashes does.
    package func reset() {
        var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    }

    package func end() {
        shutdown(socket, CInt(SHUT_RDWR))
    }

    deinit {
        close(socket)
    }
}

private func failure(_ what: String) -> TestClient.Failure {
    TestClient.Failure(description: "\(what): \(String(cString: strerror(errno)))")
}
