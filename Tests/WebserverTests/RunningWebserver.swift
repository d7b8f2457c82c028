import DNS
import DelegateAPI
import Delegates
import Foundation
import Logging
import ServiceLifecycle
import Sockets
import TestSupport
import Webserver

/// The API over a storage in memory, on a port that the system chooses.
struct RunningWebserver: Sendable {
    let http: RawHTTP
    let storage: MemoryStorage
    let table: DelegateTable
    let log: CapturedLog
    let statistics: RequestStatistics

    static func run(
        mode: RegistrationMode = .open, limits: Limits.Settings = Limits.Settings(), trustedProxies: [String] = [],
        publicURL: String = "https://auth.example.net", timeouts: HTTPTimeouts = .patient, maximumConnections: Int = 1000,
        connections: Connections? = nil, identity: TLSIdentity? = nil, credentialsInMemory: Bool = true,
        clock: SteadyClock = SteadyClock { Samples.start },
        _ body: (RunningWebserver) async throws -> Void
    ) async throws {
        let table = DelegateTable()
        let credentials = CredentialTable(delegates: table)
        let storage = MemoryStorage(followedBy: table, credentials, clock: clock)
        if credentialsInMemory { try await storage.load(into: credentials) }
        let log = CapturedLog()
        let limits = Limits(limits)
        let statistics = RequestStatistics()
        let services = Services(
            authentication: Authentication(
                storage: storage, credentials: credentials, clock: clock, limits: limits,
                notes: AuditNotes.running(storage: storage, clock: clock), slowKeys: PlainKeyCheck()),
            publishing: Publishing(storage: storage, table: table, clock: clock, limits: limits),
            enrolment: Enrolment(
                storage: storage, table: table, clock: clock, zone: try DomainName("d.example"), mode: mode,
                limits: limits, notes: AuditNotes.running(storage: storage, clock: clock)),
            holding: Holding(storage: storage, table: table, clock: clock, limits: limits),
            trustedProxies: TrustedProxies(trustedProxies.compactMap { IPNetwork($0) }),
            publicURL: publicURL, statistics: statistics, diagnose: SampleDiagnosis.tell)
        guard let anyPort = Endpoint("127.0.0.1:0") else { preconditionFailure("not an endpoint") }
        let listener = try await HTTPListener.bind(
            endpoint: anyPort, identity: identity,
            connections: connections ?? Connections(Connections.Limits(count: maximumConnections)),
            timeouts: timeouts, logger: log.logger)
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [listener.serving(Routes(services, logger: log.logger))], logger: quiet))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let outcome: Result<Void, any Error>
            do {
                let http = RawHTTP(port: listener.endpoint?.port ?? 0)
                let server = RunningWebserver(
                    http: http, storage: storage, table: table, log: log, statistics: statistics)
                outcome = .success(try await body(server))
            } catch {
                outcome = .failure(error)
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try outcome.get()
        }
    }

    func register(
        _ path: String = "/register", body: String? = nil, headers: [String] = []
    ) async throws -> RegisterResponse {
        let answer = try await http.send("POST", path, headers: headers, body: body)
        guard answer.status == 201 else { throw RawHTTP.Failure(description: "\(answer.status) \(answer.body)") }
        return try JSONDecoder().decode(RegisterResponse.self, from: Data(answer.body.utf8))
    }

    func update(
        _ credential: RegisterResponse, _ value: String, path: String = "/update", headers: [String] = []
    ) async throws -> RawHTTP.Answer {
        try await http.send(
            "POST", path,
            headers: ["X-Api-User: \(credential.username)", "X-Api-Key: \(credential.password)"] + headers,
            body: "{\"subdomain\":\"\(credential.subdomain)\",\"txt\":\"\(value)\"}")
    }

    /// The values that the DNS would answer at the delegate.
    func published(_ credential: RegisterResponse) throws -> [String] {
        let values = table.values(at: try DomainName(credential.fulldomain), now: Samples.start) ?? []
        return values.map { String(decoding: $0.octets.dropFirst(), as: UTF8.self) }
    }
}

extension HTTPTimeouts {
    /// Timeouts for tests of other things: on a loaded machine, a server's tasks may have to wait for long.
    static var patient: HTTPTimeouts {
        var timeouts = HTTPTimeouts()
        timeouts.header = .seconds(100)
        timeouts.body = .seconds(100)
        timeouts.writing = .seconds(100)
        return timeouts
    }
}
