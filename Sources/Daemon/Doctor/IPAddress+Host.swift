import DNS
package import Delegates
package import Sockets

extension IPAddress {
    /// The address of an endpoint. An IPv4-mapped one is the IPv4 address that it carries.
    package init(_ host: Endpoint.Host) {
        switch host {
        case .v4(let address): self.init(address)
        case .v6(let address): self.init(address)
        }
    }
}
