import DNS
import DNSSEC
import DelegateAPI
import Delegates
import Foundation
import Logging
import ServiceLifecycle
import Sockets
import Synchronization
import TestSupport
import Webserver

/// The operator's API over a storage in memory, on a port that the system chooses.
struct RunningOperatorAPI: Sendable {
    let http: RawHTTP
    let storage: MemoryStorage
    let table: DelegateTable
    /// Feeds the clients that watch queries.
    let trace: AsyncStream<TraceLine>.Continuation
    let keyChanges: KeyChanges

    /// The changes of keys that were asked for. All of them are refused.
    final class KeyChanges: Sendable {
        private let noted = Mutex<[KeyChange]>([])

        var all: [KeyChange] { noted.withLock(\.self) }

        func note(_ change: KeyChange) { noted.withLock { $0.append(change) } }
    }

    static let status = StatusResponse(
        version: "1", started: "2027-01-15T08:00:00Z", uptimeSeconds: 1, trouble: nil, zones: ["d.example"],
        registration: "token", dnsAddresses: [], tlsAddresses: [], httpAddresses: [], metricsAddresses: [], delegates: 0,
        delegatesWithValues: 0, changes: 0, serials: ["d.example": 1])

    static func services(
        _ storage: MemoryStorage, _ table: DelegateTable, trace: AsyncStream<TraceLine>, token: KeyDigest?,
        keyChanges: KeyChanges = KeyChanges()
    ) throws -> OperatorServices {
        let clock = SteadyClock { Samples.start }
        storage.follow(with: table, clock: clock)
        return OperatorServices(
            operating: Operating(
                storage: storage, table: table, clock: clock, limits: Limits(), zones: [try DomainName("d.example")],
                isTaken: { $0 == (try? DomainName("ns1.d.example")) }),
            holding: Holding(storage: storage, table: table, clock: clock, limits: Limits()),
            publicURL: "https://auth.example.net",
            actions: OperatorActions(
                status: { status }, nodes: { NodeListResponse(nodes: []) },
                reload: { ReloadResponse(reloaded: false, problems: ["no"]) }, trace: { _ in trace },
                verifyAudit: { noted in
                    AuditVerdictResponse(whole: true, entries: 1, number: noted?.number ?? 1, digest: noted?.digest)
                },
                signing: { SigningResponse(zones: []) },
                changeKeys: { zone, change throws(Refusal) in
                    keyChanges.note(change)
                    throw .noSuchZone(zone.withoutFinalDot)
                }, diagnose: SampleDiagnosis.tell),
            notes: AuditNotes.running(storage: storage, clock: clock), token: token)
    }

    static func run(token: String? = nil, _ body: (RunningOperatorAPI) async throws -> Void) async throws {
        let storage = MemoryStorage()
        let table = DelegateTable()
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let (lines, trace) = AsyncStream.makeStream(of: TraceLine.self)
        let keyChanges = KeyChanges()
        let services = try services(
            storage, table, trace: lines, token: token.map { APIKey($0).digest }, keyChanges: keyChanges)
        guard let anyPort = Endpoint("127.0.0.1:0") else { preconditionFailure("not an endpoint") }
        let listener = try await HTTPListener.bind(
            endpoint: anyPort, connections: Connections(Connections.Limits(count: 100)), timeouts: .patient, logger: quiet)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [listener.serving(Routes(services, logger: quiet))], logger: quiet))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let outcome: Result<Void, any Error>
            do {
                let http = RawHTTP(port: listener.endpoint?.port ?? 0)
                outcome = .success(
                    try await body(
                        RunningOperatorAPI(
                            http: http, storage: storage, table: table, trace: trace, keyChanges: keyChanges)))
            } catch {
                outcome = .failure(error)
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try outcome.get()
        }
    }

    func send(_ method: String, _ path: String, body: String? = nil, headers: [String] = []) async throws -> RawHTTP.Answer {
        try await http.send(method, "/v1/" + path, headers: headers, body: body)
    }

    func decode<Value: Decodable>(_ type: Value.Type, _ answer: RawHTTP.Answer) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(answer.body.utf8))
    }

    func name(_ label: String) throws -> DomainName { try DomainName("\(label).d.example") }
}
