import DNS
import Delegates

/// A URL for clients, which append `register` and `update` to it. It is `http` or `https` with a host, and may have a port and a path.
/// Other parts of a URL are refused, and so are characters that scripts stumble over.
struct PublicURL {
    /// The URL without a final slash, its scheme in lower case.
    let text: String

    /// The name of the host; `nil` if it is an address.
    let host: DomainName?

    /// - Throws: ``PresentationError`` that says what is wrong.
    init(_ given: String) throws(PresentationError) {
        guard let separator = given.firstRange(of: "://") else {
            throw PresentationError("“\(given)” has no https:// in front")
        }
        let scheme = given[..<separator.lowerBound].lowercased()
        guard ["https", "http"].contains(scheme) else {
            throw PresentationError("“\(given)” does not begin with https:// or http://")
        }
        let rest = given[separator.upperBound...]
        for (sign, what) in [("?", "a query"), ("#", "a fragment")] where rest.contains(sign) {
            throw PresentationError("“\(given)” has \(what) (“\(sign)”), after which nothing can be added")
        }
        let authority = rest.prefix { $0 != "/" }
        let path = rest.dropFirst(authority.count)
        guard !authority.contains("@") else {
            throw PresentationError("“\(given)” has a user name in it, which all clients would see")
        }
        host = try Self.host(in: authority)
        try Self.check(path: path)
        var text = scheme + "://" + rest
        while text.hasSuffix("/") { text.removeLast() }
        self.text = text
    }

    /// - Returns: `nil` if the host is an address.
    private static func host(in authority: Substring) throws(PresentationError) -> DomainName? {
        var name: DomainName?
        guard !authority.isEmpty else { throw PresentationError("it has no host") }
        let host: Substring
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { throw PresentationError("“\(authority)” lacks a “]”") }
            host = authority[...end]
            let inside = host.dropFirst().dropLast()
            guard let address = IPv6Address(inside) else {
                let reason = inside.contains("%") ? "has a zone, which differs on each machine" : "is not an IPv6 address"
                throw PresentationError("“\(inside)” \(reason)")
            }
            guard address.octets.contains(where: { $0 != 0 }) else { throw noAddress(host) }
        } else {
            host = authority.prefix { $0 != ":" }
            if let address = IPv4Address(host) {
                guard address.number != 0 else { throw noAddress(host) }
            } else {
                guard IPv6Address(authority) == nil else {
                    throw PresentationError("an IPv6 address must be in brackets, as in [\(authority)]")
                }
                guard !host.isEmpty else { throw PresentationError("it has no host") }
                name = try HostName(host).domainName
            }
        }
        let port = authority[host.endIndex...]
        guard !port.isEmpty else { return name }
        let digits = port.dropFirst()
        guard port.first == ":", digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), digits.first != "0",
            UInt16(digits) != nil
        else { throw PresentationError("“\(port)” is not a port: a port is a number from 1 to 65535") }
        return name
    }

    private static func noAddress(_ host: Substring) -> PresentationError {
        PresentationError("\(host) is not an address that clients could use")
    }

    /// Checks a path as RFC 3986 section 3.3 defines it, less the characters that mean something in shells.
    private static func check(path: Substring) throws(PresentationError) {
        var parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()[...]
        while parts.last?.isEmpty == true { parts.removeLast() }
        for part in parts {
            guard !part.isEmpty, part != ".", part != ".." else {
                throw PresentationError("its path “\(path)” has an empty part, or one of only dots")
            }
            guard part.wholeMatch(of: /([A-Za-z0-9._~\-]|%[0-9A-Fa-f]{2})+/) != nil else {
                throw PresentationError(
                    "its path “\(path)” can only have letters, digits, “-”, “.”, “_”, “~” and octets escaped as in “%20”, between slashes"
                )
            }
        }
    }
}
