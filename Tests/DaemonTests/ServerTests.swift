import Foundation
import Glibc
import Sockets
import TestSupport
import Testing

@testable import Daemon

/// A server in this process: how it starts, and what is left when it ends.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct ServerTests {
    /// A listening TCP socket at an address that no other test uses.
    private final class Listener {
        let descriptor: CInt
        let port: UInt16

        init?(port: UInt16 = 0) {
            let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
            self.descriptor = descriptor
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr = in_addr(s_addr: inet_addr("127.83.7.1"))
            address.sin_port = port.bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isBound = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, length) == 0 && listen(descriptor, 1) == 0
                        && getsockname(descriptor, $0, &length) == 0
                }
            }
            self.port = UInt16(bigEndian: address.sin_port)
            guard isBound else { return nil }
        }

        deinit { close(descriptor) }
    }

    private func freePort() throws -> UInt16 { try #require(Listener()).port }

    @Test func `a start that cannot bind one address closes those before it, and makes no key`() async throws {
        try await withTemporaryFolder { folder in
            let token = folder.appending(path: "token")
            try Data(String(repeating: "t", count: 44).utf8).write(to: token)
            chmod(token.path, 0o600)
            let taken = try #require(Listener())
            let (dns, tcp, http, metrics) = (try freePort(), try freePort(), try freePort(), try freePort())
            for last in ["webserver", "metrics", "operator"] {
                do {
                    _ = try await Server(in: folder) { text in
                        func address(_ door: String, _ port: UInt16) -> String {
                            "127.83.7.1:\(last == door ? taken.port : port)"
                        }
                        text = text.replacing(
                            "nameserver:\n  listen: [\"127.0.0.1:0\"]",
                            with: "nameserver:\n  listen: [\"127.83.7.1:\(dns)\", \"127.83.7.1:\(tcp)\"]")
                        text = text.replacing(
                            "webserver:\n  listen: [\"127.0.0.1:0\"]",
                            with: "webserver:\n  listen: [\"\(address("webserver", http))\"]")
                        text = text.replacing(
                            "metrics:\n  listen: [\"127.0.0.1:0\"]",
                            with: "metrics:\n  listen: [\"\(address("metrics", metrics))\"]")
                        text +=
                            "operator: {listen: [\"127.0.0.1:0\", \"\(address("operator", 0))\"], token-file: \"\(token.path)\"}\n"
                    }
                    Issue.record("the server starts without its address")
                } catch StartError.listen(let error) {
                    #expect(error.endpoint.port == taken.port, "\(last): \(error)")
                }
                for port in [dns, tcp, http, metrics] {
                    try await waitUntil("\(port) is free again") { Listener(port: port) != nil }
                }
                #expect(!FileManager.default.fileExists(atPath: folder.path + "/nuncio.db.keys"))
            }
        }
    }

    @Test func `nothing holds a server that has stopped`() async throws {
        try await withTemporaryFolder { folder in
            weak var reloading: Reloading?
            do {
                let server = try await Server(in: folder)
                reloading = server.reloading
                try await server.serve { _ = try await server.reloading.reload().get() }
            }
            try await waitUntil("all is released") { [weak reloading] in reloading == nil }
        }
    }
}
