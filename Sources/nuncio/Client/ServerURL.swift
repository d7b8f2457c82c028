import ArgumentParser
import DNS
import Foundation

/// The URL of a server, to which `register` and `update` are appended, parsed and checked.
struct ServerURL {
    /// The URL with a final slash, without user name and password: messages show it.
    let base: String
    /// The part of ``base`` before its path.
    private let origin: String
    /// The host in lower case, without the brackets of an IPv6 address.
    let host: String
    let port: Int
    let isEncrypted: Bool
    /// The value of the header Authorization, from the URL's user name and password (RFC 7617); `nil` if it has none.
    let authorization: String?

    /// - Parameters:
    ///   - text: the URL, with or without a final slash.
    ///   - source: the origin of the URL, for messages; usually an option.
    init(_ text: String, from source: String = "--server", exitCode: ExitCode = .validationFailure) throws(Failure) {
        func wrong(_ reason: String) -> Failure {
            Failure(message: "\(source): \(reason)", exitCode: exitCode)
        }
        // The text is not repeated where it may contain a password.
        let shown = text.contains("@") ? "this" : "“\(text)”"
        let example = "\(shown) is not the URL of a server: write it like https://auth.example.net"
        if let written = Self.host(in: text), IPv4Address(written) == nil {
            do {
                _ = try HostName(written, underscores: .anywhere)
            } catch {
                throw wrong("\(example): \(error)")
            }
        }
        guard text.utf8.allSatisfy({ 0x21...0x7E ~= $0 }), let url = URL(string: text),
            let scheme = url.scheme?.lowercased(), ["http", "https"].contains(scheme),
            let host = url.host()?.lowercased(), !host.isEmpty, url.query() == nil, url.fragment() == nil,
            url.port.map({ 1...65_535 ~= $0 }) ?? !Self.hasPort(text)
        else { throw wrong(example) }
        let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        guard bare.contains(":") || bare.wholeMatch(of: /[a-z0-9_.\-]+/) != nil else { throw wrong(example) }
        let last = url.path().split(separator: "/").last.map(String.init) ?? ""
        guard !["register", "update"].contains(last) else {
            throw wrong("the URL ends in “\(last)”, which is added anyway: leave it out")
        }
        isEncrypted = scheme == "https"
        self.host = bare
        port = url.port ?? (isEncrypted ? 443 : 80)
        let authority = (bare.contains(":") ? "[\(bare)]" : bare) + (url.port.map { ":\($0)" } ?? "")
        let path = url.path()
        origin = "\(scheme)://\(authority)"
        base = origin + path + (path.hasSuffix("/") ? "" : "/")
        authorization = url.user(percentEncoded: false).map { user in
            "Basic " + Data("\(user):\(url.password(percentEncoded: false) ?? "")".utf8).base64EncodedString()
        }
    }

    /// The host as it is written; `nil` if there is none, or if it is an IPv6 address.
    private static func host(in text: String) -> Substring? {
        guard let scheme = text.firstRange(of: "://") else { return nil }
        let authority = text[scheme.upperBound...].prefix { !"/?#".contains($0) }
        let place = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        let host = place.prefix { $0 != ":" }
        return host.isEmpty || host.hasPrefix("[") ? nil : host
    }

    /// Whether there is a port that is too large for Foundation to parse.
    private static func hasPort(_ text: String) -> Bool {
        text.contains(/^[a-zA-Z]+:\/\/[^\/]*:[0-9]+(\/|$)/)
    }

    /// The host and the port, as the header Host has them and as they precede a path.
    var authority: String {
        let shown = host.contains(":") ? "[\(host)]" : host
        return port == (isEncrypted ? 443 : 80) ? shown : "\(shown):\(port)"
    }

    /// Whether this is the local machine, by its address or as `localhost` (RFC 6761 section 6.3). Names are not resolved.
    var isLoopback: Bool { HostPattern.isLoopback(host) }

    /// The URL of the holder's API, with a final slash: it is beside the acme-dns API, whose base path can be another one, with a
    /// registration token at its end.
    var holderBase: String {
        let path = base.dropFirst(origin.count).replacing(/\/t\/[^\/]+\/+$/.ignoresCase(), with: "/")
        return origin + path.replacing(/\/api\/v1\/acme-dns-compat\/+$/.ignoresCase(), with: "/") + "api/v1/"
    }

    /// The warning before a key crosses the network unencrypted; `nil` if it is encrypted, or does not leave the machine.
    var warning: String? {
        guard !isEncrypted, !isLoopback else { return nil }
        return
            "warning: \(base) is not encrypted: anybody on the way to it can read the key. Use https://, or a network that nobody else uses."
    }
}
