import Glibc

/// A port for a program that cannot be told to choose one.
package enum FreePort {
    package struct Failure: Error {}

    /// - Returns: a TCP port of 127.0.0.1 that nobody listens to now.
    package static func find() throws -> UInt16 {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let outcome = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(socket, generic, length) == 0 && getsockname(socket, generic, &length) == 0
            }
        }
        guard outcome else { throw Failure() }
        return UInt16(bigEndian: address.sin_port)
    }
}
