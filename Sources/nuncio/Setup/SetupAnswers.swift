import DNS
import Delegates
import Sockets

/// What the operator wants, checked one by one. ``ConfigurationText`` makes the file of it.
struct SetupAnswers: Hashable {
    /// The zone of the delegates.
    var zone: DomainName
    var nameserver: DomainName
    /// The addresses at which the world finds the name server; with NAT, not those of this machine.
    var addresses: [IPAddress]
    /// The addresses on which DNS is answered.
    var dnsListen: [Endpoint]
    /// The addresses on which the API is served, to clients or to the reverse proxy.
    var httpListen: [Endpoint]
    var certificate: Certificate
    var publicURL: String
    var registration: RegistrationMode
    var contact: String
    /// The path of the SQLite file.
    var storage: String
    /// The resolvers for the zone's parent; empty for those of the machine.
    var resolvers: [Endpoint]

    /// Where the certificate of the public URL comes from.
    enum Certificate: Hashable {
        /// The server obtains it.
        case acme(acceptsTerms: Bool)
        /// A reverse proxy on the same machine has it.
        case proxy

        /// The words of `--certificate`.
        static let words = ["acme", "proxy"]
    }
}

extension SetupAnswers {
    /// The records that the zone needs besides its generated ones: the addresses of names inside it.
    var records: [ResourceRecord] {
        let names = [nameserver, SetupNames.host(ofURL: publicURL)].compactMap(\.self).filter { $0.isAtOrBelow(zone) }
        var records: [ResourceRecord] = []
        for name in names where !records.contains(where: { $0.owner == name }) {
            records += addresses.map { SetupNames.record(name, $0) }
        }
        return records
    }
}

/// Names and records that setup derives from answers or from a configuration.
enum SetupNames {
    /// The name of the host in a URL that was checked; `nil` if the host is an address.
    static func host(ofURL url: String) -> DomainName? {
        let parts = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true)
        guard parts.count > 1 else { return nil }
        return try? HostName(parts[1].prefix { $0 != ":" }).domainName
    }

    /// - Returns: `nil` if the URL names no port.
    static func port(ofURL url: String) -> UInt16? {
        let authority = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true).dropFirst().first ?? ""
        return authority.split(separator: ":").last.flatMap { UInt16($0) }
    }

    static func record(_ name: DomainName, _ address: IPAddress) -> ResourceRecord {
        let data: RecordData =
            switch address {
            case .v4(let address): .a(address)
            case .v6(let address): .aaaa(address)
            }
        return ResourceRecord(owner: name, ttl: 3600, data: data)
    }

    /// The domain in which the service lives: the zone's parent name, or the zone if that is a top-level domain's.
    static func domain(around zone: DomainName) -> DomainName {
        guard let parent = zone.parent, parent.labelCount > 1 else { return zone }
        return parent
    }
}
