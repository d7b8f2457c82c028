import ArgumentParser
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// The proxy for a server, from the environment: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`.
///
/// The rules are curl's, but for three that keep keys from strangers: a loopback address is never reached through a proxy; `HTTP_PROXY`
/// in upper case counts, except where `REQUEST_METHOD` shows that a web server has started the program (CVE-2016-5385); and an entry of
/// `NO_PROXY` may have a port.
struct ProxyChoice {
    enum Kind: Equatable {
        /// - Parameter authorization: the value of the header Proxy-Authorization.
        case http(authorization: String?)
        /// SOCKS 5, which gets the server's name and resolves it (curl's `socks5h`).
        case socks
    }

    let kind: Kind
    let host: String
    let port: Int
    /// The variable that names the proxy.
    let variable: String

    /// curl's port for a URL without one.
    private static let defaultPort = 1080

    /// The proxy for messages, without user name and password.
    var description: String { "the proxy \(host.contains(":") ? "[\(host)]" : host):\(port) (\(variable))" }

    /// - Returns: `nil` if the server is reached without a proxy.
    static func of(_ server: ServerURL, environment: [String: String]) throws(Failure) -> ProxyChoice? {
        guard !server.isLoopback else { return nil }
        /// Returns the first variable that is set and not empty.
        func first(_ names: [String]) -> (name: String, text: String)? {
            for name in names {
                let text = (environment[name] ?? "").trimmingCharacters(in: .whitespaces)
                if !text.isEmpty { return (name, text) }
            }
            return nil
        }
        if let exceptions = first(["no_proxy", "NO_PROXY"])?.text.lowercased() {
            let entries = exceptions.split { $0 == "," || $0.isWhitespace }
            if entries.contains(where: { HostPattern($0).matches(server) }) { return nil }
        }
        let own = server.isEncrypted ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy"]
        let upper = !server.isEncrypted && environment["REQUEST_METHOD"] == nil ? ["HTTP_PROXY"] : []
        return try first(own + upper + ["all_proxy", "ALL_PROXY"]).map(ProxyChoice.init)
    }

    private init(_ found: (name: String, text: String)) throws(Failure) {
        // The text itself is not repeated: it may contain a password.
        func wrong(_ reason: String) -> Failure {
            Failure(message: "the environment variable \(found.name) \(reason)", exitCode: .configurationProblem)
        }
        let example = "is not the URL of a proxy: write it like http://proxy.example.net:3128"
        variable = found.name
        var rest = found.text[...]
        var scheme = "http"
        if let separator = rest.range(of: "://") {
            scheme = rest[..<separator.lowerBound].lowercased()
            rest = rest[separator.upperBound...]
        }
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        guard !rest.isEmpty, rest.utf8.allSatisfy({ 0x21...0x7E ~= $0 }), !rest.contains(where: { "/?#".contains($0) }) else {
            throw wrong(example)
        }
        var login: String?
        if let at = rest.lastIndex(of: "@") {
            guard let text = rest[..<at].removingPercentEncoding else { throw wrong(example) }
            login = text.contains(":") ? text : text + ":"
            rest = rest[rest.index(after: at)...]
        }
        switch scheme {
        case "http": kind = .http(authorization: login.map { "Basic " + Data($0.utf8).base64EncodedString() })
        case "socks5", "socks5h":
            guard login == nil else {
                throw wrong("has a user name for a SOCKS proxy, which is not supported: use an HTTP proxy, or no user name")
            }
            kind = .socks
        case "https":
            throw wrong("names a proxy that speaks TLS, which is not supported: use one with http:// or socks5://")
        case "socks", "socks4", "socks4a":
            throw wrong("names a SOCKS 4 proxy, which is not supported: use http:// or socks5://")
        default: throw wrong(example)
        }
        let parts = rest.wholeMatch(of: /(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.\-]+)(?::([0-9]{1,5}))?/)
        guard let parts else { throw wrong(example) }
        let port = parts.2.map { Int($0) ?? 0 } ?? Self.defaultPort
        guard 1...65_535 ~= port else { throw wrong(example) }
        host = parts.1.hasPrefix("[") ? String(parts.1.dropFirst().dropLast()) : String(parts.1)
        self.port = port
    }

    /// Sets up the client and a request for the proxy.
    ///
    /// A server with `https` is reached through a tunnel (`CONNECT`, RFC 9110 section 9.3.6). A request to one with `http` has the
    /// absolute form (RFC 9112 section 3.2.2): proxies let tunnels through to the ports of TLS only, as a rule.
    func apply(to request: inout HTTPClientRequest, _ configuration: inout HTTPClient.Configuration, server: ServerURL) {
        switch kind {
        case .socks: configuration.proxy = .socksServer(host: host, port: port)
        case .http(let authorization) where server.isEncrypted:
            let basic = authorization.map { HTTPClient.Authorization.basic(credentials: String($0.dropFirst("Basic ".count))) }
            configuration.proxy = .server(host: host, port: port, authorization: basic)
        case .http(let authorization):
            let origin = "http://\(server.authority)"
            let path =
                "/" + request.url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).dropFirst(3).joined()
            request.url = "http://\(host.contains(":") ? "[\(host)]" : host):\(port)\(path)"
            request.headers.replaceOrAdd(name: "Host", value: server.authority)
            if let authorization { request.headers.add(name: "Proxy-Authorization", value: authorization) }
            configuration.http1_1ConnectionDebugInitializer = { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    let encoder = try pipeline.handler(type: HTTPRequestEncoder.self)
                    try pipeline.addHandler(AbsoluteForm(origin: origin), position: .after(encoder))
                }
            }
        }
    }
}

/// Puts the server before the path in a request line.
private final class AbsoluteForm: ChannelOutboundHandler {
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    private let origin: String

    init(origin: String) {
        self.origin = origin
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .head(var head) = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        head.uri = origin + head.uri
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }
}
