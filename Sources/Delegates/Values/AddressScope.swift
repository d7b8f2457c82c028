/// The part of the Internet that can reach an address.
package enum AddressScope: Hashable, Sendable {
    /// Everybody.
    case world
    /// A private network (RFC 1918, RFC 6598, RFC 4193), or this machine alone.
    case inside
    /// No single machine: unspecified, link-local, multicast, broadcast.
    case unusable

    package init(_ address: IPAddress) {
        if Self.unusableNetworks.contains(where: { $0.contains(address) }) {
            self = .unusable
        } else if Self.insideNetworks.contains(where: { $0.contains(address) }) {
            self = .inside
        } else {
            self = .world
        }
    }

    private static let unusableNetworks = networks([
        "0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "::/128", "fe80::/10", "ff00::/8",
    ])
    private static let insideNetworks = networks([
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "::1/128", "fc00::/7",
    ])
    /// Those by which an address of IPv6 stands for one of IPv4 (RFC 6052, RFC 3056, RFC 4380), or for no machine (RFC 6666).
    private static let translatedNetworks = networks(["64:ff9b::/16", "2002::/16", "2001::/32", "::/96", "100::/64"])
    /// Those for tests and for protocols (RFC 6890), and the site-local ones of old (RFC 3879).
    private static let specialNetworks = networks(["192.0.0.0/24", "198.18.0.0/15", "fec0::/10"])

    private static func networks(_ texts: [String]) -> [IPNetwork] { texts.compactMap { IPNetwork($0) } }

    /// The networks with addresses that not everybody can reach, or that can stand for such: no stranger may have this machine ask there.
    package static let innerNetworks = unusableNetworks + insideNetworks + translatedNetworks + specialNetworks
}
