import DNS
import Delegates
import Foundation

/// An entry of `NO_PROXY`: the servers that are reached without a proxy.
enum HostPattern {
    case all
    /// A name and all names below it; only at that port, if there is one.
    case name(String, port: Int?)
    case network(IPNetwork)
    case address(IPAddress, port: Int?)

    /// - Parameter text: in lower case, not empty.
    init(_ text: Substring) {
        if text == "*" {
            self = .all
        } else if let network = IPNetwork(text) {
            self = .network(network)
        } else {
            let (host, port) = Self.parts(of: text)
            if let address = IPAddress(host) {
                self = .address(address, port: port)
            } else {
                // “.example.net”, “*.example.net” and “example.net.” all mean the name and those below it, as curl reads most of them.
                let name = host.hasPrefix("*.") ? host.dropFirst(2) : host
                self = .name(String(name.trimmingPrefix(".").trimmingFinalDot), port: port)
            }
        }
    }

    private static func parts(of text: Substring) -> (Substring, Int?) {
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            let rest = text[text.index(after: end)...]
            return (text[text.index(after: text.startIndex)..<end], rest.hasPrefix(":") ? Int(rest.dropFirst()) : nil)
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let port = Int(parts[1]) else { return (text, nil) }
        return (parts[0], port)
    }

    func matches(_ server: ServerURL) -> Bool {
        let host = String(server.host[...].trimmingFinalDot)
        let address = IPAddress(host)
        return switch self {
        case .all: true
        case .network(let network): address.map(network.contains) ?? false
        case .address(let own, let port): address == own && port ?? server.port == server.port
        case .name(let name, let port):
            address == nil && !name.isEmpty && (host == name || host.hasSuffix("." + name))
                && port ?? server.port == server.port
        }
    }

    static func isLoopback(_ host: String) -> Bool {
        let host = host[...].trimmingFinalDot
        switch IPAddress(host) {
        case .v4(let address)?: return address.octets.first == 127
        case .v6(let address)?: return address.octets == [UInt8](repeating: 0, count: 15) + [1]
        case nil: return host == "localhost" || host.hasSuffix(".localhost")
        }
    }
}

extension Substring {
    fileprivate var trimmingFinalDot: Substring { hasSuffix(".") ? dropLast() : self }
}
