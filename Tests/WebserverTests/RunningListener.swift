import DelegateAPI
import Delegates
import Foundation
import Logging
import PrometheusMetrics
import ServiceLifecycle
import Sockets
import TestSupport
import Testing
import Webserver

/// A listener with any routes, on a port that the system chooses, or at a path.
enum RunningListener {
    /// - Parameter text: The help text of the only metric.
    static func metrics(telling text: String) -> Routes {
        Routes(
            metrics: {
                var exposition = Exposition()
                exposition.write(.gauge, "x", text, 1)
                return exposition
            }, readiness: { ReadinessResponse(ready: true, storageTrouble: nil, zones: []) },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    static func run(
        _ routes: Routes, connections: Connections = Connections(Connections.Limits(count: 1000)),
        timeouts: HTTPTimeouts = .patient, identity: TLSIdentity? = nil, path: String? = nil,
        _ body: (RawHTTP) async throws -> Void
    ) async throws {
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        guard let anyPort = Endpoint("127.0.0.1:0") else { preconditionFailure("not an endpoint") }
        let listener =
            if let path {
                try await HTTPListener.bind(path: path, connections: connections, timeouts: timeouts, logger: quiet)
            } else {
                try await HTTPListener.bind(
                    endpoint: anyPort, identity: identity, connections: connections, timeouts: timeouts, logger: quiet)
            }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [listener.serving(routes)], logger: quiet))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let outcome: Result<Void, any Error>
            do {
                outcome = .success(try await body(RawHTTP(port: listener.endpoint?.port ?? 0, path: path)))
            } catch {
                outcome = .failure(error)
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try outcome.get()
        }
    }
}

extension TLSIdentity {
    static func selfSigned() async throws -> TLSIdentity {
        var loaded: CertificateFiles.Loaded?
        try await withTemporaryFolder { folder in
            try await SelfSignedCertificate.make(named: "auth.example.net", in: folder)
            let (certificate, key) = (folder.appending(path: "tls.crt").path, folder.appending(path: "tls.key").path)
            loaded = try CertificateFiles(certificatePath: certificate, keyPath: key).load()
        }
        return TLSIdentity(try #require(loaded).certificate, for: .http)
    }
}

/// The doors that speak HTTP. What all of them share is tested at each.
enum Door: String, CaseIterable, Sendable {
    case api, apiOverTLS, operators, operatorSocket, metrics

    /// A path that answers GET with 200.
    var path: String {
        switch self {
        case .api, .apiOverTLS: "/health"
        case .operators, .operatorSocket: "/v1/status"
        case .metrics: "/metrics"
        }
    }

    func run(_ body: (RawHTTP) async throws -> Void) async throws {
        switch self {
        case .api: try await RunningWebserver.run { try await body($0.http) }
        case .apiOverTLS:
            let identity = try await TLSIdentity.selfSigned()
            try await RunningWebserver.run(identity: identity) { server async throws in
                try await TLSBridge.run(to: server.http.port) { try await body(RawHTTP(port: $0)) }
            }
        case .operators: try await RunningOperatorAPI.run { try await body($0.http) }
        case .operatorSocket:
            try await withTemporaryFolder { folder async throws in
                let (lines, _) = AsyncStream.makeStream(of: TraceLine.self)
                let services = try RunningOperatorAPI.services(MemoryStorage(), DelegateTable(), trace: lines, token: nil)
                let routes = Routes(services, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
                try await RunningListener.run(routes, path: folder.appending(path: "socket").path, body)
            }
        case .metrics:
            try await RunningListener.run(RunningListener.metrics(telling: "One."), body)
        }
    }
}
