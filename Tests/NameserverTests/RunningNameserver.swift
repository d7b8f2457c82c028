import Authority
import DNS
import Delegates
import Logging
import Nameserver
import ServiceLifecycle
import Sockets
import TestSupport

/// A name server with one delegate, on ports that the system chooses.
struct RunningNameserver {
    static let delegate = "5e0a2cf3-6c2b-4c5e-9d7e-000000000001.d.example."

    let table: DelegateTable
    let endpoint: Endpoint
    /// The parts of its listeners.
    let parts: ListenerParts

    var client: TestClient { TestClient(host: endpoint.hostText, port: endpoint.port) }

    /// A query for the delegate's TXT records; the identifier tells it from others.
    static func query(_ identifier: Int = 1) throws -> [UInt8] {
        try QueryOctets(delegate, .txt, edns: EDNS(payloadSize: 1232)).with { $0.identifier = UInt16(identifier) }.octets
    }

    func publish(_ indices: ClosedRange<Int>) throws {
        let name = try DomainName(Self.delegate)
        for index in indices {
            table.publish(
                Samples.value(index), at: name, sequence: ChangeSequence(UInt64(index + 1)), published: Samples.start,
                now: Samples.start)
        }
    }

    static func run(
        on endpoint: String = "127.0.0.1:0", threads: Int = 2, maximumConnections: Int = 1000,
        maximumPerNetwork: Int? = nil, timeout: Duration = Patience.limit, identity: TLSIdentity? = nil,
        rateLimit: ResponseRateLimit.Settings = ResponseRateLimit.Settings(),
        tap: QueryTap = QueryTap(logger: Logger(label: "test")),
        _ body: (RunningNameserver) async throws -> Void
    ) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let table = DelegateTable()
        table.enrol(try DomainName(delegate), sequence: ChangeSequence(1), now: Samples.start)
        let name = try DomainName("ns.elsewhere.test")
        let builder = ZoneBuilder(
            apexes: [try DomainName("d.example")], nameservers: [name],
            startOfAuthority: Zone.StartOfAuthority(primary: name, mailbox: name, negativeTTL: 5), hasMailRecords: true)
        let responder = CurrentResponder(
            Responder(
                zones: builder.build(records: []).zones, table: table, connectionTimeout: timeout,
                transferNetworks: [IPNetwork("127.0.0.1/32")].compactMap(\.self), rateLimit: rateLimit))
        let clock = SteadyClock { Samples.start }
        let statistics = QueryStatistics()
        guard let wanted = Endpoint(endpoint) else { preconditionFailure("not an endpoint") }
        let parts = ListenerParts(
            responder: responder, statistics: statistics, clock: clock, tap: tap,
            connections: Connections(Connections.Limits(count: maximumConnections, countPerNetwork: maximumPerNetwork)),
            logger: logger)
        let (udp, stream) = try await bind(wanted, attempts: wanted.port == 0 ? 16 : 1) { () async throws in
            let udp = try UDPListener(endpoint: wanted, threads: threads, parts: parts)
            let stream: any Service =
                if let identity { try await TLSListener.bind(endpoint: udp.endpoint, identity: identity, parts: parts) } else {
                    try TCPListener(endpoint: udp.endpoint, threads: threads, parts: parts)
                }
            return (udp, stream)
        }
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [udp, stream], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let outcome: Result<Void, any Error>
            do {
                outcome = .success(try await body(RunningNameserver(table: table, endpoint: udp.endpoint, parts: parts)))
            } catch {
                outcome = .failure(error)
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try outcome.get()
        }
    }

    /// The port that the system chooses for UDP may be taken for TCP.
    private static func bind<Listeners>(
        _ endpoint: Endpoint, attempts: Int, _ body: () async throws -> Listeners
    ) async throws -> Listeners {
        do {
            return try await body()
        } catch is ListenError where attempts > 1 {
            return try await bind(endpoint, attempts: attempts - 1, body)
        }
    }
}
