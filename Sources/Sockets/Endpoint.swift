package import DNS

/// An address and a port on which a door listens: `192.0.2.1:53`, `[2001:db8::1]:53`. Port 0 lets the system choose.
package struct Endpoint: Hashable, Sendable {
    package enum Host: Hashable, Sendable {
        case v4(IPv4Address)
        case v6(IPv6Address)
    }

    package var host: Host
    package var port: UInt16

    package init(host: Host, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// - Returns: `nil` unless there are an address and a port; an IPv6 address stands in brackets.
    package init?(_ text: some StringProtocol) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let portText = text[text.index(after: colon)...]
        guard portText.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), portText == "0" || !portText.hasPrefix("0"),
            let port = UInt16(portText)
        else { return nil }
        let hostText = text[..<colon]
        if hostText.hasPrefix("["), hostText.hasSuffix("]") {
            guard let address = IPv6Address(hostText.dropFirst().dropLast()) else { return nil }
            host = .v6(address)
        } else {
            guard let address = IPv4Address(hostText) else { return nil }
            host = .v4(address)
        }
        self.port = port
    }

    /// The address alone, without brackets.
    package var hostText: String {
        switch host {
        case .v4(let address): address.description
        case .v6(let address): address.description
        }
    }

    /// Whether this is all addresses of the machine (`0.0.0.0`, `::`).
    package var isAnyAddress: Bool {
        switch host {
        case .v4(let address): address.octets.allSatisfy { $0 == 0 }
        case .v6(let address): address.octets.allSatisfy { $0 == 0 }
        }
    }
}

extension Endpoint {
    /// Whether a socket on one of the two keeps the other from being bound: they have the same port and family, and the same address or all
    /// of them.
    package func overlaps(_ other: Endpoint) -> Bool {
        guard port == other.port, port != 0 else { return false }
        switch (host, other.host) {
        case (.v4, .v4), (.v6, .v6): return host == other.host || isAnyAddress || other.isAnyAddress
        case (.v4, .v6), (.v6, .v4): return false
        }
    }
}

extension Endpoint: CustomStringConvertible {
    package var description: String {
        switch host {
        case .v4(let address): "\(address):\(port)"
        case .v6(let address): "[\(address)]:\(port)"
        }
    }
}
