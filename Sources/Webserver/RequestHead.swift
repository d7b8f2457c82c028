import Hummingbird
import NIOHTTP1

/// The head of a request that follows all rules of HTTP/1.1 that do not depend on its route. It has one form where HTTP allows
/// several.
struct RequestHead {
    private(set) var head: HTTPRequestHead
    /// The way to find the end of the body.
    let framing: Framing

    enum Framing: Hashable {
        /// The number of octets; 0 for no body.
        case length(Int)
        case chunked
    }

    /// - Throws: ``ProtocolError``.
    init(_ head: HTTPRequestHead) throws(ProtocolError) {
        self.head = head
        guard Self.isKnown(head.method) else { throw .unknownMethod }
        framing = try Self.framing(of: head)
        try checkHost()
        try takeTarget()
        try takeExpectation()
        takeConnection()
    }

    /// Whether servers of HTTP/1.1 know a method: those of SwiftNIO's list, and QUERY. CONNECT is for proxies (RFC 9110 section
    /// 9.3.6).
    private static func isKnown(_ method: HTTPMethod) -> Bool {
        switch method {
        case .RAW(let name): name == "QUERY"
        case .CONNECT: false
        default: true
        }
    }

    /// RFC 9112 section 6.3. What could be read in two ways is refused.
    private static func framing(of head: HTTPRequestHead) throws(ProtocolError) -> Framing {
        let lengths = head.headers["Content-Length"]
        guard head.headers.contains(name: "Transfer-Encoding") else {
            guard lengths.count <= 1 else { throw .malformed("there is more than one Content-Length") }
            guard let text = lengths.first else { return .length(0) }
            guard !text.isEmpty, text.utf8.allSatisfy(LineOctets.isDigit) else {
                throw .malformed("Content-Length is not a number")
            }
            // A number that does not fit is too large as well (RFC 9110 section 8.6).
            guard let length = Int(text), length <= Request.maximumBodyLength else { throw .bodyTooLarge }
            return .length(length)
        }
        guard head.version == .http1_1 else { throw .malformed("HTTP/1.0 has no Transfer-Encoding") }
        guard lengths.isEmpty else { throw .malformed("Content-Length and Transfer-Encoding exclude each other") }
        let codings = head.headers.list("Transfer-Encoding")
        guard codings.last == "chunked", codings.count(where: { $0 == "chunked" }) == 1 else {
            throw .malformed("the last transfer coding, and no other, must be chunked")
        }
        guard codings.count == 1 else { throw .unknownTransferCoding }
        return .chunked
    }

    /// RFC 9112 section 3.2. HTTP/1.0 has no `Host`, but a client that sends one means it.
    private func checkHost() throws(ProtocolError) {
        let hosts = head.headers["Host"]
        guard hosts.count <= 1 else { throw .invalidHost("there is more than one Host") }
        guard let host = hosts.first else {
            guard head.version == .http1_0 else { throw .invalidHost("Host is missing") }
            return
        }
        guard HostField.isValid(host) else {
            throw .invalidHost("Host must be a name or an address, optionally with a colon and a port")
        }
    }

    /// A target in absolute form becomes one in origin form; its host replaces `Host` (RFC 9112 section 3.2.2).
    private mutating func takeTarget() throws(ProtocolError) {
        let target = head.uri
        guard !target.contains("#") else { throw .malformed("a target must not contain “#”") }
        guard !target.hasPrefix("/") else {
            head.uri = RequestPath.normalized(target)
            return
        }
        if target == "*" {
            guard head.method == .OPTIONS else { throw .malformed("the target “*” is for OPTIONS only") }
            return
        }
        let scheme = ["http://", "https://"].first { target.lowercased().hasPrefix($0) }
        guard let scheme else { throw .malformed("a target must begin with “/”, “http://” or “https://”") }
        let rest = target.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard HostField.isValid(authority) else {
            throw .invalidHost("the target must name a host, optionally with a port, and no user")
        }
        let path = rest.dropFirst(authority.count)
        head.uri = RequestPath.normalized(path.hasPrefix("/") ? String(path) : "/" + path)
        head.headers.replaceOrAdd(name: "Host", value: String(authority))
    }

    /// HTTP/1.0 has no `Expect`, and a client without a body waits for nothing (RFC 9110 section 10.1.1).
    private mutating func takeExpectation() throws(ProtocolError) {
        guard head.headers.contains(name: "Expect") else { return }
        let expectations = head.headers.list("Expect")
        head.headers.remove(name: "Expect")
        guard head.version == .http1_1, !expectations.isEmpty else { return }
        guard expectations.allSatisfy({ $0 == "100-continue" }) else { throw .unknownExpectation }
        if framing != .length(0) { head.headers.add(name: "Expect", value: "100-continue") }
    }

    /// Hummingbird knows `Connection: close` only in lower case, and no HTTP/1.0, whose connections are never kept here (RFC 9112
    /// section 9.3). Requests to upgrade the connection are dropped (RFC 9110 section 7.8).
    private mutating func takeConnection() {
        let closes = head.headers.list("Connection").contains("close") || head.version == .http1_0
        head.headers.remove(name: "Upgrade")
        head.headers.remove(name: "HTTP2-Settings")
        head.headers.remove(name: "Connection")
        if closes { head.headers.add(name: "Connection", value: "close") }
    }
}

extension HTTPHeaders {
    /// The elements of a list, in lower case. Empty ones are left out (RFC 9110 section 5.6.1).
    fileprivate func list(_ name: String) -> [String] {
        self[name].flatMap { $0.split(separator: ",") }
            .map { $0.trimmingWhitespace.lowercasedASCII }
            .filter { !$0.isEmpty }
    }
}
