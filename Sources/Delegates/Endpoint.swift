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

    /// - Returns: nothing unless there are an address and a port; an IPv6 address stands in brackets.
    package init?(_ text: some StringProtocol) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
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

extension Endpoint: CustomStringConvertible {
    package var description: String {
        switch host {
        case .v4(let address): "\(address):\(port)"
        case .v6(let address): "[\(address)]:\(port)"
        }
    }
}

/// A door could not listen where it should.
package struct ListenError: Error, Hashable, Sendable {
    package var endpoint: Endpoint
    /// `UDP` or `TCP`.
    package var transport: String
    /// The system's error number.
    package var errorNumber: CInt

    package init(endpoint: Endpoint, transport: String, errorNumber: CInt) {
        self.endpoint = endpoint
        self.transport = transport
        self.errorNumber = errorNumber
    }
}
