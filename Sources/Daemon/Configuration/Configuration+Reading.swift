import Authority
import DNS
import Delegates
import Logging
import Nameserver
import Sockets

extension Configuration {
    static let defaultStoragePath = "nuncio.db"

    /// Interprets and checks the given entries.
    ///
    /// - Parameter processors: the default of `nameserver.threads`.
    /// - Throws: ``ConfigurationProblems`` with all problems, not only the first.
    package init(_ entries: ConfigurationEntries, processors: Int) throws(ConfigurationProblems) {
        guard !entries.isIncomplete else { throw ConfigurationProblems(all: entries.problems) }
        var reader = ConfigurationReader(entries)
        let (zones, ownDelegates) = reader.zones() ?? (nil, [])
        let serialFloors = reader.serialFloors(of: zones)
        let webserverCertificate = reader.certificate(ConfigurationKey.webserverTLS)
        let nameserver = Nameserver(
            listen: reader.endpoints(.nameserverListen, default: nil),
            threads: reader.number(.nameserverThreads, default: processors),
            maximumConnections: reader.number(.tcpConnections, default: 1000),
            maximumConnectionsPerNetwork: reader.number(.tcpConnectionsPerNetwork, default: 100),
            connectionTimeout: .seconds(reader.number(.tcpTimeout, default: 10)),
            tls: reader.tls(default: webserverCertificate),
            identity: reader.identity(),
            cookieSecrets: reader.cookieSecrets(),
            transferNetworks: reader.networks(.transferNetworks),
            rateLimit: reader.rateLimit())
        let webserver = Webserver(
            listen: reader.endpoints(
                .webserverListen, default: [Endpoint(host: .v4(IPv4Address(octets: [127, 0, 0, 1])), port: 8080)]),
            certificate: webserverCertificate,
            publicURL: reader.publicURL(isEncrypted: webserverCertificate != nil),
            trustedProxies: reader.networks(.trustedProxies),
            maximumConnectionsPerNetwork: reader.number(.httpConnectionsPerNetwork, default: 100))
        let registration = Registration(
            mode: reader.choice(.registrationMode, default: .closed), unusedLifetime: reader.unusedLifetime())
        let operatorAccess = reader.operatorAccess()
        let limits = reader.limits()
        let storage = reader.storage()
        let node = reader.node(nameservers: nameserver.listen, isShared: storage.isShared)
        let state = reader.stateFiles(storagePath: storage.sqlitePath)
        let acme = reader.acme(ownDelegates, folder: state.certificateFolder)
        let signing = reader.signing(storage: storage, state: state)
        if signing.isOn { reader.checkSigning(zones, nameserver) }
        let audit = Audit(
            addresses: reader.choice(.auditAddresses, default: .full),
            retention: .seconds(reader.number(.auditRetentionDays, default: 365) * 86_400),
            maximumEntries: reader.number(.auditMaximumEntries, default: 1_000_000))
        let doctor = reader.doctor()
        let logging = Logging(
            level: reader.choice(.loggingLevel, default: .info),
            format: reader.choice(.loggingFormat, default: .text),
            queries: reader.queryLogging())

        let metricsListen = reader.metricsEndpoints()
        reader.compare(
            nameserver.listen, nameserver.tls?.listen ?? [], webserver.listen, metricsListen, operatorAccess.listen)

        guard let zones, reader.problems.isEmpty else { throw ConfigurationProblems(all: reader.problems) }
        self.init(
            zones: zones, serialFloors: serialFloors, signing: signing, nameserver: nameserver, webserver: webserver,
            acme: acme, registration: registration,
            operatorAccess: operatorAccess, limits: limits, storage: storage, node: node, state: state, audit: audit,
            doctor: doctor,
            logging: logging,
            metricsListen: metricsListen, file: entries.file, warnings: reader.warnings)
    }
}
