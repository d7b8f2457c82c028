import ArgumentParser
import Foundation
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import nuncio

/// The proxy that the environment names for a server, and what is sent to it.
@Suite(.timeLimit(.minutes(30)))
struct ProxyChoiceTests {
    private func choice(_ server: String, _ environment: [String: String]) throws -> ProxyChoice? {
        try ProxyChoice.of(try ServerURL(server), environment: environment)
    }

    private static let variables: [(String, [String: String], String?)] = [
        ("https://auth.example", ["HTTPS_PROXY": "http://p:3128"], "p:3128 (HTTPS_PROXY)"),
        ("https://auth.example", ["https_proxy": "a:1", "HTTPS_PROXY": "b:2"], "a:1 (https_proxy)"),
        ("https://auth.example", ["https_proxy": "", "HTTPS_PROXY": "b:2"], "b:2 (HTTPS_PROXY)"),
        ("https://auth.example", ["HTTP_PROXY": "b:2"], nil), ("http://auth.example", ["HTTPS_PROXY": "b:2"], nil),
        ("http://auth.example", ["HTTP_PROXY": "b:2"], "b:2 (HTTP_PROXY)"),
        ("http://auth.example", ["HTTP_PROXY": "b:2", "REQUEST_METHOD": "GET"], nil),
        ("http://auth.example", ["http_proxy": "b:2", "REQUEST_METHOD": "GET"], "b:2 (http_proxy)"),
        ("http://auth.example", ["ALL_PROXY": "socks5h://b:2/"], "b:2 (ALL_PROXY)"),
        (
            "https://auth.example", ["all_proxy": "b", "HTTPS_PROXY": " http://[2001:db8::1]:8 "],
            "[2001:db8::1]:8 (HTTPS_PROXY)"
        ),
        ("https://auth.example", ["HTTPS_PROXY": "proxy"], "proxy:1080 (HTTPS_PROXY)"),
        ("https://auth.example", ["HTTPS_PROXY": "http://us%40er:p%3Aw@proxy:1"], "proxy:1 (HTTPS_PROXY)"),
        ("http://127.0.0.1:8080", ["HTTP_PROXY": "b:2"], nil), ("https://LOCALHOST", ["HTTPS_PROXY": "b:2"], nil),
        ("https://[::1]:8443", ["HTTPS_PROXY": "b:2"], nil),
    ]

    @Test(arguments: variables) func `the right variable counts`(
        server: String, environment: [String: String], outcome: String?
    ) throws {
        #expect(try choice(server, environment)?.description == outcome.map { "the proxy " + $0 })
    }

    @Test(arguments: [
        ("*", true), ("x,*", true), ("example", true), (".example", true), ("*.example", true), ("auth.example", true),
        ("AUTH.Example.", true), ("other, auth.example", true), ("other auth.example", true), ("auth.example:443", true),
        ("auth.example:8443", false), ("th.example", false), ("ample", false), ("sub.auth.example", false), ("", false),
        ("192.0.2.0/24", false), (",", false), (".", false),
    ]) func `names in NO_PROXY are asked directly, with all below them`(exceptions: String, isDirect: Bool) throws {
        for name in ["no_proxy", "NO_PROXY"] {
            let chosen = try choice("https://auth.example", ["HTTPS_PROXY": "b:2", name: exceptions])
            #expect((chosen == nil) == isDirect, "\(name)")
        }
    }

    @Test(arguments: [
        ("https://192.0.2.7", "192.0.2.7", true), ("https://192.0.2.7", "192.0.2.0/24", true),
        ("https://192.0.2.7", "192.0.2.8/30", false), ("https://192.0.2.7", "2.7", false),
        ("https://[2001:db8::7]", "2001:DB8::/32", true), ("https://[2001:db8::7]", "[2001:db8::7]", true),
        ("https://[2001:db8::7]:8443", "[2001:db8::7]:8443", true), ("https://[2001:db8::7]", "[2001:db8::7]:8443", false),
        ("https://[2001:db8::7]", "2001:db8:0:0::7", true),
    ]) func `addresses and networks, too`(server: String, exceptions: String, isDirect: Bool) throws {
        #expect((try choice(server, ["HTTPS_PROXY": "b:2", "NO_PROXY": exceptions]) == nil) == isDirect)
    }

    @Test(arguments: [
        ("http://", "not the URL"), ("http://u:secret@", "not the URL"), ("http://p:0", "not the URL"),
        ("http://p:65536", "not the URL"), ("http://p:x", "not the URL"), ("ftp://p", "not the URL"),
        ("http://p/path", "not the URL"), ("http://a b", "not the URL"), ("https://u:secret@p", "TLS"),
        ("socks5://u:secret@p", "user name"), ("socks4://p", "SOCKS 4"), ("http://u:secret%zz@p", "not the URL"),
    ]) func `what is no proxy is told, without its password`(text: String, reason: String) {
        let failure = #expect(throws: Failure.self) { try choice("https://auth.example", ["HTTPS_PROXY": text]) }
        #expect(failure?.message.contains(reason) == true && failure?.message.contains("HTTPS_PROXY") == true)
        #expect(failure?.message.contains("secret") == false && failure?.exitCode == .configurationProblem)
    }

    /// Runs `register` with a proxy, and returns the first request to the proxy.
    private func asked(_ server: String, _ variable: String, answer: String) async throws -> (request: String, error: String) {
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let port = listener.channel.localAddress?.port ?? 0
        async let result = withTemporaryFolder { folder in
            try await NuncioProcess.run(
                ["register", "--server", server], in: folder,
                environment: [variable: "http://us%40er:word@127.0.0.1:\(port)"])
        }
        let request = try await listener.executeThenClose { clients in
            for try await client in clients {
                return try await client.executeThenClose { inbound, outbound in
                    var text = ""
                    for try await octets in inbound {
                        text += String(buffer: octets)
                        if text.contains("\r\n\r\n") { break }
                    }
                    try await outbound.write(ByteBuffer(string: answer))
                    return text
                }
            }
            return ""
        }
        return (request, try await result.error)
    }

    @Test func `a server without TLS is asked in the absolute form, one with it through a tunnel`() async throws {
        let refusal = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        let plain = try await asked("http://auth.example:8080/base", "HTTP_PROXY", answer: refusal)
        #expect(plain.request.hasPrefix("POST http://auth.example:8080/base/register HTTP/1.1\r\n"))
        #expect(plain.request.lowercased().contains("\r\nhost: auth.example:8080\r\n"))
        let login = "proxy-authorization: Basic \(Data("us@er:word".utf8).base64EncodedString())\r\n"
        #expect(plain.request.lowercased().contains(login.lowercased()))
        #expect(plain.error.contains("needs a user name and a password") && plain.error.contains("(HTTP_PROXY)"))
        #expect(
            plain.error.contains("warning: http://auth.example:8080/base/ is not encrypted") && !plain.error.contains("word@"))

        let tunnel = try await asked("https://auth.example", "HTTPS_PROXY", answer: refusal)
        #expect(tunnel.request.hasPrefix("CONNECT auth.example:443 HTTP/1.1\r\n"))
        #expect(tunnel.request.lowercased().contains(login.lowercased()))
        #expect(tunnel.error.contains("needs a user name and a password") && tunnel.error.contains("(HTTPS_PROXY)"))
    }
}
