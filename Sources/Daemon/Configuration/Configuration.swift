package import Authority
package import DNS
package import DNSSEC
package import Delegates
package import Logging
package import Nameserver
package import Sockets

/// All settings of a server, checked.
package struct Configuration: Sendable {
    package var zones: Zones
    /// The serials that secondaries may have from another server, by zone: those of this server are above them.
    package var serialFloors: [DomainName: SerialNumber]
    package var signing: Signing
    package var nameserver: Nameserver
    package var webserver: Webserver
    package var registration: Registration
    package var operatorAccess: OperatorAccess
    package var limits: Limits.Settings
    package var storage: Storage
    package var audit: Audit
    package var logging: Logging
    /// Where metrics are told.
    package var metricsListen: [Endpoint]
    /// The absolute path of the YAML file that it was read from; `nil` if all came from the environment and options.
    package var file: String?
    /// What is odd, but no reason not to start.
    package var warnings: [ConfigurationProblem]

    package struct Nameserver: Sendable {
        package var listen: [Endpoint]
        /// Threads that answer UDP, on each address.
        package var threads: Int
        /// TCP connections of all addresses together.
        package var maximumConnections: Int
        /// Of those, from one network, IPv4 /24 or IPv6 /48.
        package var maximumConnectionsPerNetwork: Int
        package var connectionTimeout: Duration
        /// DNS over TLS; nothing if it is not wanted.
        package var tls: TLS?
        package var identity: ServerIdentity
        /// Sixteen octets each; none makes random ones.
        package var cookieSecrets: [[UInt8]]
        /// From where whole zones may be fetched.
        package var transferNetworks: [IPNetwork]
        package var rateLimit: ResponseRateLimit.Settings
    }

    package struct TLS: Sendable {
        package var listen: [Endpoint]
        package var certificatePath: String
        package var keyPath: String
    }

    /// DNSSEC.
    package struct Signing: Sendable {
        package var isOn: Bool
        package var keyFolder: String
        /// The folder from which private keys are read, if they are not kept in the other one; empty if they should be credentials, and
        /// this process has none.
        package var credentialsPath: String?
        /// Whether new zones get a KSK and a ZSK instead of one key for both.
        package var hasSplitKeys: Bool
        /// Of the keys of new zones.
        package var algorithm: SigningAlgorithm
        /// After so long a ZSK is replaced; nothing if it is not.
        package var zoneKeyLifetime: Duration?
        /// Who is asked for the parents' DS records.
        package var resolvers: [Endpoint]
        /// That a thread makes for answers at most.
        package var signaturesPerSecond: Int

        package static let off = Signing(
            isOn: false, keyFolder: "", credentialsPath: nil, hasSplitKeys: false, algorithm: .ecdsaP256SHA256,
            zoneKeyLifetime: nil, resolvers: [], signaturesPerSecond: 0)
    }

    package struct Webserver: Sendable {
        package var listen: [Endpoint]
        /// Without a final slash; nothing if it is to be made from the first address.
        package var publicURL: String?
        package var trustedProxies: [IPNetwork]
        /// Connections from one network, IPv4 /24 or IPv6 /48; those of trusted proxies are not counted.
        package var maximumConnectionsPerNetwork: Int
    }

    package struct Registration: Sendable {
        package var mode: RegistrationMode
        /// After so long a delegate at which nothing was ever published ends; nothing if it does not.
        package var unusedLifetime: Duration?
    }

    /// The operator's API beside its Unix socket.
    package struct OperatorAccess: Sendable {
        package var listen: [Endpoint]
        /// What who comes over TCP must know; nothing where nobody does.
        package var token: KeyDigest?
    }

    package struct Storage: Sendable {
        package var sqlitePath: String
        /// How many octets of its disk are kept for changes of delegates that are enrolled; 0 for none.
        package var reserve: UInt64
    }

    package struct Audit: Sendable {
        /// How much of clients' addresses the audit log keeps.
        package var addresses: AuditedAddresses
        /// How long its entries are kept.
        package var retention: Duration
        /// How many of its entries are kept.
        package var maximumEntries: Int
    }

    package struct Logging: Sendable {
        package var level: Logger.Level
        package var format: LogFormat
        package var queries: QueryLogging
    }

    /// The apex of the zone in which delegates are enrolled.
    package var enrolmentZone: DomainName { zones.all[0].apex }

    package var apexes: [DomainName] { zones.all.map(\.apex) }

    /// The apexes of the zones in which delegates can be: not those of zones from files.
    package var delegateApexes: [DomainName] { zones.all.filter { !$0.isFromFile }.map(\.apex) }

    /// Whether a zone has records at or below a name.
    package func hasRecords(at name: DomainName) -> Bool { zones.all.contains { $0.has(name) } }

    /// What the zones hold but for delegates, keys and signatures; the serial of an SOA that is made is 0.
    ///
    /// - Parameter apex: of the zone that is wanted; `nil` for all of them.
    /// - Returns: `nil` if there is no such zone.
    package func records(ofZone apex: DomainName?) -> [ResourceRecord]? {
        guard let apex else { return zones.all.flatMap(\.records) }
        return zones.zone(withApex: apex)?.records
    }
}

package enum LogFormat: String, CaseIterable, Sendable {
    case text
    case json
}
