package import Delegates
import HTTPTypes
package import NIOCore
import Sockets

/// The reverse proxies that are trusted to name a client's address.
package struct TrustedProxies: Sendable {
    private let networks: [IPNetwork]

    package init(_ networks: [IPNetwork]) {
        self.networks = networks
    }

    /// The address of the client: the TCP peer or, if that is a trusted proxy, the right-most address in X-Forwarded-For that is
    /// not one. What is left of it was written by the client itself and proves nothing.
    ///
    /// - Returns: `nil` if the peer is unknown, or if a trusted proxy passed on something that is not an address.
    func clientAddress(peer: IPAddress?, headers: HTTPFields) -> IPAddress? {
        guard var address = peer, isTrusted(address) else { return peer }
        let forwarded = headers.values(of: "X-Forwarded-For")
            .flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
        for entry in forwarded.reversed() {
            guard let next = Self.address(entry.trimmingWhitespace) else { return nil }
            address = next
            if !isTrusted(address) { break }
        }
        return address
    }

    /// Whether an address is a trusted proxy's.
    package func contain(_ address: SocketAddress) -> Bool {
        address.converted({ IPAddress($0) }, { IPAddress($0) }).map(isTrusted) ?? false
    }

    private func isTrusted(_ address: IPAddress) -> Bool {
        networks.contains { $0.contains(address) }
    }

    /// Some proxies add the client's port.
    private static func address(_ text: Substring) -> IPAddress? {
        IPAddress(text) ?? Endpoint(text).flatMap { IPAddress($0.hostText) }
            ?? (text.hasPrefix("[") && text.hasSuffix("]") ? IPAddress(text.dropFirst().dropLast()) : nil)
    }
}

extension HTTPFields {
    /// The values of all fields of a name.
    func values(of name: String) -> [String] {
        HTTPField.Name(name).map { self[values: $0] } ?? []
    }
}

extension Substring {
    /// The text without the spaces and tabs around it, which are HTTP's only blanks (RFC 9110 section 5.6.3).
    var trimmingWhitespace: Substring {
        var octets = utf8
        while let first = octets.first, LineOctets.isBlank(first) { octets.removeFirst() }
        while let last = octets.last, LineOctets.isBlank(last) { octets.removeLast() }
        return Substring(octets)
    }
}

extension StringProtocol {
    /// The text with only ASCII letters in lower case: others, such as the Kelvin sign, must not become letters of an HTTP word.
    var lowercasedASCII: String {
        String(decoding: utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
