import DNSSEC
import Delegates

/// A key of the configuration, for the file, the environment and the documentation.
package struct ConfigurationKey: Hashable, Sendable {
    /// The name with dots between the levels: `nameserver.listen`.
    package var name: String
    package var kind: Kind
    /// The default as the file would write it; `nil` if the key must be given.
    package var defaultText: String?

    package enum Kind: Hashable, Sendable {
        case text
        /// A list of texts, which `separator` separates in an environment variable.
        case list(separator: Character)
        case number(ClosedRange<Int>)
        /// A number, or 0 to switch something off for which the smallest numbers would be too small.
        case numberOrZero(ClosedRange<Int>)
        case boolean
        case choice([String])
    }

    /// The environment variable that overrides the file: `NUNCIO_NAMESERVER_LISTEN`.
    package var environmentVariable: String {
        Self.environmentPrefix + name.uppercased().map { $0 == "." || $0 == "-" ? "_" : String($0) }.joined()
    }

    package static let environmentPrefix = "NUNCIO_"
}

extension ConfigurationKey {
    static let zones = ConfigurationKey(name: "zones", kind: .list(separator: ","))
    static let nameservers = ConfigurationKey(name: "nameservers", kind: .list(separator: ","))
    static let contact = ConfigurationKey(name: "contact", kind: .text)
    static let records = ConfigurationKey(name: "records", kind: .list(separator: "\n"), defaultText: "[]")
    static let zoneFiles = ConfigurationKey(name: "zone-files", kind: .list(separator: ","), defaultText: "[]")
    static let serialFloors = ConfigurationKey(name: "serials-above", kind: .list(separator: ","), defaultText: "[]")
    static let mailRecords = ConfigurationKey(name: "mail-records", kind: .boolean, defaultText: "true")
    static let negativeTTL = ConfigurationKey(name: "negative-ttl", kind: .number(0...5), defaultText: "1")

    static let nameserverListen = ConfigurationKey(name: "nameserver.listen", kind: .list(separator: ","))
    static let nameserverThreads = ConfigurationKey(
        name: "nameserver.threads", kind: .number(1...256), defaultText: "the number of processors")
    static let tcpConnections = ConfigurationKey(
        name: "nameserver.tcp-connections", kind: .number(1...100_000), defaultText: "1000")
    static let tcpConnectionsPerNetwork = ConfigurationKey(
        name: "nameserver.tcp-connections-per-network", kind: .number(1...100_000), defaultText: "100")
    static let tcpTimeout = ConfigurationKey(name: "nameserver.tcp-timeout", kind: .number(1...300), defaultText: "10")

    static let tlsListen = ConfigurationKey(name: "nameserver.tls.listen", kind: .list(separator: ","), defaultText: "[]")
    static let tlsCertificate = ConfigurationKey(
        name: "nameserver.tls.certificate", kind: .text, defaultText: "that of webserver.tls")
    static let tlsKey = ConfigurationKey(name: "nameserver.tls.key", kind: .text, defaultText: "that of webserver.tls")
    static let identifier = ConfigurationKey(name: "nameserver.identifier", kind: .text, defaultText: "none")
    static let version = ConfigurationKey(name: "nameserver.version", kind: .text, defaultText: "none")
    static let transferNetworks = ConfigurationKey(
        name: "nameserver.allow-transfer", kind: .list(separator: ","), defaultText: "[]")
    static let cookieSecrets = ConfigurationKey(
        name: "nameserver.cookie-secrets", kind: .list(separator: ","), defaultText: "random, a new one each day")

    static let rateLimit = ConfigurationKey(
        name: "nameserver.rate-limit", kind: .number(0...1_000_000_000), defaultText: "20000")
    static let rateLimitExempt = ConfigurationKey(
        name: "nameserver.rate-limit-exempt", kind: .list(separator: ","), defaultText: "[\"127.0.0.0/8\", \"::1/128\"]")

    static let signingMode = ConfigurationKey(
        name: "dnssec.mode", kind: .choice(SigningMode.allCases.map(\.rawValue)), defaultText: "on")
    static let keyFolder = ConfigurationKey(
        name: "dnssec.key-folder", kind: .text, defaultText: "nuncio.keys in state-folder, or storage.sqlite.path and .keys")
    static let privateKeys = ConfigurationKey(
        name: "dnssec.private-keys", kind: .choice(PrivateKeyPlace.allCases.map(\.rawValue)), defaultText: "folder")
    static let sealingKeyFile = ConfigurationKey(name: "dnssec.sealing-key-file", kind: .text, defaultText: "none")
    static let keyScheme = ConfigurationKey(
        name: "dnssec.keys", kind: .choice(KeyScheme.allCases.map(\.rawValue)), defaultText: "csk")
    static let signingAlgorithm = ConfigurationKey(
        name: "dnssec.algorithm", kind: .choice(SigningAlgorithm.allCases.map(\.name)), defaultText: "ecdsap256sha256")
    static let zoneKeyDays = ConfigurationKey(name: "dnssec.zsk-days", kind: .number(0...3650), defaultText: "90")
    static let resolvers = ConfigurationKey(
        name: "dnssec.resolvers", kind: .list(separator: ","), defaultText: "those of /etc/resolv.conf")
    static let signaturesPerSecond = ConfigurationKey(
        name: "dnssec.signatures-per-second", kind: .number(10...1_000_000), defaultText: "10000")

    static let webserverListen = ConfigurationKey(
        name: "webserver.listen", kind: .list(separator: ","), defaultText: "[\"127.0.0.1:8080\"]")
    static let publicURL = ConfigurationKey(
        name: "webserver.public-url", kind: .text, defaultText: "http:// or https:// and the first address of webserver.listen")
    static let webserverTLS = TLSKeys(section: "webserver.tls")
    static let httpConnectionsPerNetwork = ConfigurationKey(
        name: "webserver.connections-per-network", kind: .number(1...100_000), defaultText: "100")
    static let trustedProxies = ConfigurationKey(
        name: "webserver.trusted-proxies", kind: .list(separator: ","), defaultText: "[]")

    static let acmeTerms = ConfigurationKey(name: "acme.accept-terms", kind: .boolean, defaultText: "false")
    static let acmeDirectory = ConfigurationKey(
        name: "acme.directory", kind: .text, defaultText: "https://acme-v02.api.letsencrypt.org/directory")
    static let acmeRoots = ConfigurationKey(name: "acme.directory-roots", kind: .text, defaultText: "those of the system")
    static let acmeContact = ConfigurationKey(name: "acme.contact", kind: .text, defaultText: "mailto: and contact")
    static let acmeNames = ConfigurationKey(
        name: "acme.names", kind: .list(separator: ","), defaultText: "the host of webserver.public-url")
    static let acmeKeyID = ConfigurationKey(name: "acme.external-account.key-id", kind: .text, defaultText: "none")
    static let acmeKeyFile = ConfigurationKey(name: "acme.external-account.key-file", kind: .text, defaultText: "none")
    static let acmeProfile = ConfigurationKey(name: "acme.profile", kind: .text, defaultText: "the authority’s default")

    static let acme: [ConfigurationKey] = [
        .acmeTerms, .acmeDirectory, .acmeRoots, .acmeContact, .acmeNames, .acmeKeyID, .acmeKeyFile, .acmeProfile,
    ]

    static let registrationMode = ConfigurationKey(
        name: "registration.mode", kind: .choice(RegistrationMode.allCases.map(\.rawValue)), defaultText: "closed")
    static let registrationLimit = ConfigurationKey(
        name: "registration.limit-per-hour", kind: .number(0...1_000_000), defaultText: "1000")

    static let networkDelegateLimit = ConfigurationKey(
        name: "registration.delegates-per-network", kind: .number(0...1_000_000_000), defaultText: "1000")
    static let delegateLimit = ConfigurationKey(
        name: "registration.delegates", kind: .number(0...1_000_000_000), defaultText: "1000000")
    static let tokenRegistrationLimit = ConfigurationKey(
        name: "registration.token-limit-per-hour", kind: .number(0...1_000_000), defaultText: "1000")
    static let unusedDays = ConfigurationKey(
        name: "registration.unused-days", kind: .number(0...36_500), defaultText: "0")

    static let operatorListen = ConfigurationKey(
        name: "operator.listen", kind: .list(separator: ","), defaultText: "[]")
    static let operatorTokenFile = ConfigurationKey(name: "operator.token-file", kind: .text, defaultText: "none")
    static let operatorTLS = TLSKeys(section: "operator.tls")

    /// The keys that say how a door speaks TLS.
    struct TLSKeys {
        let mode: ConfigurationKey
        let certificate: ConfigurationKey
        let key: ConfigurationKey

        init(section: String) {
            mode = ConfigurationKey(
                name: "\(section).mode", kind: .choice(TLSMode.allCases.map(\.rawValue)), defaultText: TLSMode.off.rawValue)
            certificate = ConfigurationKey(name: "\(section).certificate", kind: .text, defaultText: "none")
            key = ConfigurationKey(name: "\(section).key", kind: .text, defaultText: "none")
        }
    }

    static let failureLimit = ConfigurationKey(
        name: "limits.failures-per-minute", kind: .number(0...1_000_000), defaultText: "60")
    static let updateLimit = ConfigurationKey(
        name: "limits.updates-per-hour", kind: .number(0...1_000_000), defaultText: "1000")
    static let networkUpdateLimit = ConfigurationKey(
        name: "limits.updates-per-hour-of-network", kind: .number(0...1_000_000_000), defaultText: "10000")
    static let credentialLimit = ConfigurationKey(name: "limits.keys", kind: .number(2...10), defaultText: "2")
    static let limitExempt = ConfigurationKey(
        name: "limits.exempt", kind: .list(separator: ","), defaultText: "[\"127.0.0.0/8\", \"::1/128\"]")

    static let stateFolder = ConfigurationKey(
        name: "state-folder", kind: .text, defaultText: "the files are beside storage.sqlite.path")
    static let sqlitePath = ConfigurationKey(name: "storage.sqlite.path", kind: .text, defaultText: "nuncio.db")
    static let postgresqlConnection = ConfigurationKey(
        name: "storage.postgresql.connection", kind: .text, defaultText: "none: the storage is an SQLite file")
    static let storageReserve = ConfigurationKey(
        name: "storage.reserve", kind: .numberOrZero(16...1_000_000), defaultText: "64")

    static let nodeName = ConfigurationKey(name: "node.name", kind: .text, defaultText: "the host’s name")
    static let nodeAddress = ConfigurationKey(
        name: "node.address", kind: .text, defaultText: "the first of nameserver.listen that is not a wildcard")
    static let nodeLease = ConfigurationKey(name: "node.lease", kind: .number(2...60), defaultText: "5")

    static let auditAddresses = ConfigurationKey(
        name: "audit.addresses", kind: .choice(AuditedAddresses.allCases.map(\.rawValue)), defaultText: "full")

    static let auditRetentionDays = ConfigurationKey(
        name: "audit.retention-days", kind: .number(1...36_500), defaultText: "365")
    static let auditMaximumEntries = ConfigurationKey(
        name: "audit.maximum-entries", kind: .number(1_000...1_000_000_000), defaultText: "1000000")

    static let doctorMode = ConfigurationKey(
        name: "doctor.mode", kind: .choice(SwitchMode.allCases.map(\.rawValue)), defaultText: "on")
    static let doctorPrivateAddresses = ConfigurationKey(
        name: "doctor.private-addresses", kind: .boolean, defaultText: "false")
    static let doctorRootHints = ConfigurationKey(name: "doctor.root-hints", kind: .text, defaultText: "those of the Internet")
    static let doctorTrustAnchor = ConfigurationKey(
        name: "doctor.trust-anchor", kind: .text, defaultText: "the keys of the Internet’s root")

    static let loggingLevel = ConfigurationKey(
        name: "logging.level", kind: .choice(["trace", "debug", "info", "notice", "warning", "error", "critical"]),
        defaultText: "info")
    static let loggingFormat = ConfigurationKey(
        name: "logging.format", kind: .choice(["text", "json"]), defaultText: "text")

    static let loggedQueries = ConfigurationKey(name: "logging.queries", kind: .number(0...1_000_000), defaultText: "0")
    static let loggedQueryNames = ConfigurationKey(
        name: "logging.query-names", kind: .list(separator: ","), defaultText: "[]")

    static let metricsListen = ConfigurationKey(
        name: "metrics.listen", kind: .list(separator: ","), defaultText: "[\"127.0.0.1:9553\"]")

    /// Every key, in the order of the documentation.
    package static let all: [ConfigurationKey] =
        [
            .zones, .nameservers, .contact, .records, .zoneFiles, .serialFloors, .mailRecords, .negativeTTL,
            .nameserverListen, .nameserverThreads, .tcpConnections, .tcpConnectionsPerNetwork, .tcpTimeout, .tlsListen,
            .tlsCertificate, .tlsKey,
            .identifier, .version, .cookieSecrets, .transferNetworks, .rateLimit, .rateLimitExempt,
            .signingMode, .keyFolder, .sealingKeyFile, .privateKeys, .keyScheme, .signingAlgorithm, .zoneKeyDays, .resolvers,
            .signaturesPerSecond,
            .webserverListen, .publicURL, webserverTLS.mode, webserverTLS.certificate, webserverTLS.key, .trustedProxies,
            .httpConnectionsPerNetwork,
        ] + acme + [
            .registrationMode, .registrationLimit, .networkDelegateLimit, .delegateLimit, .tokenRegistrationLimit, .unusedDays,
            .operatorListen, .operatorTokenFile, operatorTLS.mode, operatorTLS.certificate, operatorTLS.key,
            .failureLimit, .updateLimit, .networkUpdateLimit, .credentialLimit, .limitExempt,
            .stateFolder, .sqlitePath, .storageReserve, .postgresqlConnection, .nodeName, .nodeAddress, .nodeLease,
            .auditAddresses, .auditRetentionDays, .auditMaximumEntries,
            .doctorMode, .doctorPrivateAddresses, .doctorRootHints, .doctorTrustAnchor,
            .loggingLevel, .loggingFormat, .loggedQueries, .loggedQueryNames,
            .metricsListen,
        ]

    static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// The key, or the section of keys, whose name is most like a text.
    static func nearest(to text: String) -> String {
        let sections = Set(
            all.flatMap { key in
                let parts = key.name.split(separator: ".")
                return (1..<max(1, parts.count)).map { parts[..<$0].joined(separator: ".") }
            })
        let candidates = all.map(\.name) + sections.sorted()
        return candidates.min { editDistance($0, text) < editDistance($1, text) } ?? ""
    }

    /// The number of letters to add, remove or replace to turn one text into the other.
    private static func editDistance(_ left: String, _ right: String) -> Int {
        let right = Array(right)
        var row = Array(0...right.count)
        for (index, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in right.indices {
                let above = row[column + 1]
                row[column + 1] = min(above + 1, row[column] + 1, diagonal + (letter == right[column] ? 0 : 1))
                diagonal = above
            }
        }
        return row[right.count]
    }
}
