package import Authority
package import DNS
package import DNSClient
package import DNSSEC
package import Delegates
package import Logging
package import Nameserver
package import PostgreSQL
package import Sealing
package import Sockets

/// All settings of a server, checked.
package struct Configuration: Sendable {
    package var zones: Zones
    /// The serials that secondaries may have from another server, by zone. This server's serials are above them.
    package var serialFloors: [DomainName: SerialNumber]
    package var signing: Signing
    package var nameserver: Nameserver
    package var webserver: Webserver
    /// How the server obtains a certificate for itself; `nil` if it does not.
    package var acme: ObtainedCertificate?
    package var registration: Registration
    package var operatorAccess: OperatorAccess
    package var limits: Limits.Settings
    package var storage: Storage
    package var node: Node
    package var state: StateFiles
    package var audit: Audit
    package var doctor: Doctor
    package var logging: Logging
    /// The addresses at which metrics are served.
    package var metricsListen: [Endpoint]
    /// The absolute path of the YAML file; `nil` if everything came from the environment and options.
    package var file: String?
    /// Oddities that do not keep the server from starting.
    package var warnings: [ConfigurationProblem]

    package struct Nameserver: Sendable {
        package var listen: [Endpoint]
        /// The number of threads that answer UDP on each address.
        package var threads: Int
        /// The maximum number of TCP connections, all addresses together.
        package var maximumConnections: Int
        /// The maximum number of those from one network, IPv4 /24 or IPv6 /48.
        package var maximumConnectionsPerNetwork: Int
        package var connectionTimeout: Duration
        /// DNS over TLS; `nil` if it is not wanted.
        package var tls: TLS?
        package var identity: ServerIdentity
        /// Sixteen octets each; empty for random secrets.
        package var cookieSecrets: [[UInt8]]
        /// The networks that may fetch whole zones.
        package var transferNetworks: [IPNetwork]
        package var rateLimit: ResponseRateLimit.Settings
    }

    package struct TLS: Sendable {
        package var listen: [Endpoint]
        package var certificate: CertificateSource
    }

    /// Where a door's certificate comes from.
    package enum CertificateSource: Hashable, Sendable {
        case files(CertificateFiles)
        /// The server obtains it.
        case acme
    }

    /// The certificate that the server obtains for itself (RFC 8555).
    package struct ObtainedCertificate: Hashable, Sendable {
        /// Whether the operator agrees to the authority's terms of service.
        package var acceptsTerms: Bool
        /// The URL of the authority's directory.
        package var directory: String
        /// A PEM file with further roots that are trusted for the authority's own certificate.
        package var directoryRoots: String?
        /// A URL, as `mailto:hostmaster@example.net`.
        package var contact: String
        /// The certificate's names, each with the delegate at which its challenges are published; at least one.
        package var delegates: [OwnDelegate]
        package var externalAccount: ExternalAccount?
        /// The profile of the certificate, by the authority's name for it; `nil` for its default.
        package var profile: String?
        /// The folder in which the account's key, the certificate and its key are kept.
        package var folder: String
    }

    /// An account with the authority outside ACME (RFC 8555 section 7.3.4).
    package struct ExternalAccount: Hashable, Sendable {
        package var keyID: String
        /// The file with the key in base64url, as authorities give it.
        package var keyFile: String
    }

    /// DNSSEC.
    package struct Signing: Sendable {
        package var isOn: Bool
        package var keyFolder: String
        /// The key with which nodes seal what they share; `nil` if they share nothing.
        package var sealingKey: SealingKey?
        /// The folder from which private keys are read; `nil` if they are kept in the other folder. It is empty if the keys should be
        /// credentials, and this process has none.
        package var credentialsPath: String?
        /// Whether new zones get a KSK and a ZSK instead of one key for both.
        package var hasSplitKeys: Bool
        /// The algorithm of the keys of new zones.
        package var algorithm: SigningAlgorithm
        /// The age at which a ZSK is replaced; `nil` if it is never replaced.
        package var zoneKeyLifetime: Duration?
        /// The resolvers that are asked for the parents' DS records.
        package var resolvers: [Endpoint]
        /// The maximum number of signatures that a thread makes for answers.
        package var signaturesPerSecond: Int
    }

    package struct Webserver: Sendable {
        package var listen: [Endpoint]
        /// The certificate of HTTPS; `nil` for plain HTTP.
        package var certificate: CertificateSource?
        /// The URL without a final slash; `nil` if it is made from the first address.
        package var publicURL: String?
        package var trustedProxies: [IPNetwork]
        /// The maximum number of connections from one network, IPv4 /24 or IPv6 /48; those of trusted proxies are not counted.
        package var maximumConnectionsPerNetwork: Int
    }

    package struct Registration: Sendable {
        package var mode: RegistrationMode
        /// The age at which a delegate ends if nothing was ever published at it; `nil` if it does not end.
        package var unusedLifetime: Duration?
    }

    /// The operator's API apart from its Unix socket.
    package struct OperatorAccess: Sendable {
        package var listen: [Endpoint]
        /// The certificate of HTTPS; `nil` for plain HTTP.
        package var certificate: CertificateSource?
        /// The token for the operator's API over TCP; `nil` if it is not served over TCP.
        package var token: KeyDigest?
    }

    package struct Storage: Sendable {
        package var database: Database
        /// The number of octets of the disk that are kept for changes of enrolled delegates; 0 for none. It is for SQLite only.
        package var reserve: UInt64

        package enum Database: Hashable, Sendable {
            case sqlite(path: String)
            /// Any number of nodes share it.
            case postgresql(ConnectionString)
        }

        /// Whether other nodes can use the same storage.
        package var isShared: Bool { sqlitePath == nil }

        /// `nil` if the storage is no SQLite file.
        package var sqlitePath: String? {
            if case .sqlite(let path) = database { path } else { nil }
        }
    }

    /// This server among those that share a database.
    package struct Node: Hashable, Sendable {
        package var name: String
        /// Where other nodes ask its name server; `nil` if they cannot.
        package var address: Endpoint?
        /// The time after which a node that falls silent does not count any more.
        package var lease: Duration
    }

    package struct Audit: Sendable {
        /// How much of clients' addresses the audit log keeps.
        package var addresses: AuditedAddresses
        /// How long the audit log keeps its entries.
        package var retention: Duration
        /// The number of entries that the audit log keeps.
        package var maximumEntries: Int
    }

    /// Looks at domains.
    package struct Doctor: Sendable {
        /// Whether domains that were declared are looked at each day.
        package var isOn: Bool
        /// Whether addresses in private networks and on this machine may be asked.
        package var allowsPrivateAddresses: Bool
        package var hints = RootHints.internet
        /// The file with the hints; `nil` for those of the Internet.
        package var hintsFile: String?
        /// A file with DS or DNSKEY records that are trusted; `nil` for the keys of the Internet's root.
        package var anchorFile: String?
    }

    package struct Logging: Sendable {
        package var level: Logger.Level
        package var format: LogFormat
        package var queries: QueryLogging
    }

    /// The apex of the zone in which delegates are enrolled.
    package var enrolmentZone: DomainName { zones.all[0].apex }

    package var apexes: [DomainName] { zones.all.map(\.apex) }

    /// The apexes of the zones that can have delegates; zones from files cannot.
    package var delegateApexes: [DomainName] { zones.all.filter { !$0.isFromFile }.map(\.apex) }

    /// How long resolvers may have an older answer for a challenge, with a second for the way.
    var challengePropagation: Duration {
        let negative = zones.all.map(\.negativeTTL).max() ?? 0
        return .seconds(Int(max(DelegateAnswers.challengeTTL, negative)) + 1)
    }

    /// The names of the delegates of the server's own certificate.
    var ownDelegateNames: Set<DomainName> { Set(acme?.delegates.map(\.name) ?? []) }

    /// Whether a zone has records at or below a name.
    package func hasRecords(at name: DomainName) -> Bool { zones.all.contains { $0.has(name) } }

    /// The records of the zones without delegates, keys and signatures. The serial of a generated SOA is 0.
    ///
    /// - Parameter apex: the zone's apex; `nil` for all zones.
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
