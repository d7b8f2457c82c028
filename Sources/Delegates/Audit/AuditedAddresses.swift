/// How much of a client's address the audit log keeps.
package enum AuditedAddresses: String, CaseIterable, Sendable {
    case full
    /// IPv4 /24, IPv6 /48.
    case network
    case none

    package func text(of address: IPAddress?) -> String? {
        guard let address else { return nil }
        switch self {
        case .full: return address.description
        case .network: return IPNetwork(partyOf: address).description
        case .none: return nil
        }
    }
}
