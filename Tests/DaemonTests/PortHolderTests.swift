import Glibc
import Sockets
import Testing

@testable import Daemon

struct PortHolderTests {
    @Test func `a port's holder is found among many`() throws {
        var sockets: [CInt] = []
        defer { sockets.forEach { close($0) } }
        for _ in 0..<100 {
            let socket = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
            sockets.append(socket)
            try #require(listen(socket, 1) == 0)
            var address = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let outcome = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &length) }
            }
            try #require(outcome == 0)
            let holder = PortHolder.find(port: UInt16(bigEndian: address.sin_port), transport: "TCP")
            #expect(holder?.identifier == Int(getpid()))
        }
    }
}
