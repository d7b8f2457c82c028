import Foundation
import Glibc

/// The socket at which a service manager hears of the processes that it has started.
package final class NotificationSocket: Sendable {
    /// As the variable NOTIFY_SOCKET has it.
    package let name: String
    private let descriptor: CInt

    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    /// - Parameter name: a path, or a name in the abstract namespace after “@”.
    package init(_ name: String) throws {
        self.name = name
        descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let octets = Array(name.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) {
            $0.copyBytes(from: octets.first == 0x40 ? [0] + octets.dropFirst() : octets)
        }
        let start = MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 0
        let length = socklen_t(start + octets.count + (octets.first == 0x40 ? 0 : 1))
        var limit = timeval(tv_sec: Patience.seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let outcome = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard outcome == 0 else { throw Failure(description: "bind to \(name): \(String(cString: strerror(errno)))") }
    }

    deinit {
        close(descriptor)
    }

    /// The lines of the next datagram.
    package func next() async throws -> [String] {
        try await onThread { [self] in
            var octets = [UInt8](repeating: 0, count: 4096)
            let count = recv(descriptor, &octets, octets.count, 0)
            guard count >= 0 else { throw Failure(description: "no datagram came: \(String(cString: strerror(errno)))") }
            return String(decoding: octets[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
        }
    }

    /// The lines of the next datagram that has such a line; others are passed over.
    package func next(where isWanted: (String) -> Bool) async throws -> [String] {
        while true {
            let lines = try await next()
            if lines.contains(where: isWanted) { return lines }
        }
    }

    package func next(with line: String) async throws -> [String] {
        try await next { $0 == line }
    }
}
