package import Delegates
import HTTPTypes
package import NIOCore
import Sockets

/// The reverse proxies whose word on a client's address is believed.
package struct TrustedProxies: Sendable {
    private let networks: [IPNetwork]

    package init(_ networks: [IPNetwork]) {
        self.networks = networks
    }

    /// The address of the client: the TCP peer, unless that is a trusted proxy; then the right-most address in X-Forwarded-For
    /// that is not one. What stands left of it was written by the client itself and proves nothing.
    ///
    /// - Returns: nothing if a trusted proxy passed on something that is not an address.
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

    /// Whether a connection comes from one of them.
    package func contain(_ address: SocketAddress) -> Bool {
        address.ipAddress.flatMap { IPAddress($0) }.map(isTrusted) ?? false
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
    /// Without the spaces and tabs around it, which are all that HTTP takes for blank (RFC 9110 section 5.6.3).
    var trimmingWhitespace: Substring {
        var octets = utf8
        while let first = octets.first, LineOctets.isBlank(first) { octets.removeFirst() }
        while let last = octets.last, LineOctets.isBlank(last) { octets.removeLast() }
        return Substring(octets)
    }
}

extension StringProtocol {
    /// With ASCII's letters alone in lower case: other characters, such as the Kelvin sign, must not become letters of a word of HTTP.
    var lowercasedASCII: String {
        String(decoding: utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
