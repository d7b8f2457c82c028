import AsyncHTTPClient
import DNS
import DelegateAPI
import Delegates
import Foundation
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

/// The metrics of a running server.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct MetricsTests {
    /// The metrics that exist only with a certificate, or one that the server obtains.
    private static let ofCertificates: Set<String> = [
        "nuncio_tls_certificate_expiry_timestamp_seconds", "nuncio_certificate_attempts_total",
        "nuncio_certificate_next_attempt_timestamp_seconds",
    ]

    /// Those of nodes that share a database.
    private static let ofNodes: Set<String> = [
        "nuncio_nodes", "nuncio_node_lag_changes", "nuncio_node_answers", "nuncio_node_confirmation_seconds",
        "nuncio_node_lost_changes_total",
    ]

    private func scrape(_ server: NuncioProcess) async throws -> String {
        let port = try #require(
            server.standardError.firstMatch(of: /metrics\.addresses=127\.0\.0\.1:(\d+)/).flatMap { UInt16($0.1) })
        let response = try await HTTPClient.shared.execute(
            HTTPClientRequest(url: "http://127.0.0.1:\(port)/metrics"), timeout: TimeAmount(Patience.limit))
        #expect(
            response.status == .ok
                && response.headers.first(name: "content-type")?.hasPrefix("text/plain; version=0.0.4") == true)
        return String(buffer: try await response.body.collect(upTo: 1 << 20))
    }

    private func samples(_ text: String) -> [String: Double] {
        var samples: [String: Double] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let blank = line.lastIndex(of: " ") else { continue }
            samples[String(line[..<blank])] = Double(line[line.index(after: blank)...])
        }
        return samples
    }

    private func withServer(_ body: (NuncioProcess, NuncioProcess.Ports) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            try NuncioProcess.writeConfiguration(in: folder)
            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            try await body(server, try await server.waitUntilReady())
        }
    }

    @Test func `queries, publications and commits are counted`() async throws {
        try await withServer { server, ports async throws in
            let api = API(port: ports.http)
            let credential = try await api.register()
            #expect(try await api.update(credential, Samples.value(1).text) == 200)
            #expect(try await api.update(credential, "short") == 400)
            var stranger = credential
            stranger.password = String(credential.password.reversed())
            #expect(try await api.update(stranger, Samples.value(2).text) == 401)
            let delegate = credential.fulldomain
            try await onThread { () throws in
                let client = TestClient(port: ports.dns)
                for _ in 0..<5 { _ = try client.askOverUDP(QueryOctets(delegate, .txt).octets) }
                _ = try client.askOverTCP(QueryOctets(delegate, .caa).octets)
                _ = try client.askOverUDP(QueryOctets("elsewhere.test.", .a).octets)
            }
            // A thread may still be counting its answers, and the refusal may be on its way into the audit log.
            let deadline = Date(timeIntervalSinceNow: 15)
            var found = samples(try await scrape(server))
            while found["nuncio_dns_udp_duration_seconds_count", default: 0] < 6
                || found["nuncio_storage_commit_seconds_count", default: 0] < 3,
                Date() < deadline
            {
                found = samples(try await scrape(server))
            }
            let expected: [String: Double] = [
                "nuncio_dns_queries_total{transport=\"udp\",family=\"ipv4\",type=\"TXT\"}": 5,
                "nuncio_dns_queries_total{transport=\"tcp\",family=\"ipv4\",type=\"CAA\"}": 1,
                "nuncio_dns_responses_total{transport=\"udp\",rcode=\"NOERROR\"}": 5,
                "nuncio_dns_responses_total{transport=\"udp\",rcode=\"REFUSED\"}": 1,
                "nuncio_dns_udp_duration_seconds_count": 6, "nuncio_dns_query_size_bytes_count{transport=\"udp\"}": 6,
                "nuncio_publications_total{result=\"published\"}": 1, "nuncio_publications_total{result=\"invalid\"}": 1,
                "nuncio_publications_total{result=\"refused\"}": 1,
                "nuncio_http_requests_total{route=\"update\",method=\"POST\",status=\"401\"}": 1,
                "nuncio_registrations_total{result=\"enrolled\"}": 1, "nuncio_delegates{state=\"published\"}": 1,
                "nuncio_delegates{state=\"silent\"}": 0, "nuncio_storage_up": 1, "nuncio_storage_commit_seconds_count": 3,
                "nuncio_changes": 2, "nuncio_dns_stale": 0,
            ]
            for (name, value) in expected { #expect(found[name] == value, "\(name)") }
            #expect(found["process_resident_memory_bytes", default: 0] > 1_000_000)
            #expect(found["process_open_fds", default: 0] > 5)
        }
    }

    @Test func `they are told at their own address alone, and nothing else is there`() async throws {
        try await withServer { server, ports async throws in
            _ = try await scrape(server)
            let atAPI = try await HTTPClient.shared.execute(
                HTTPClientRequest(url: "http://127.0.0.1:\(ports.http)/metrics"), timeout: TimeAmount(Patience.limit))
            #expect(atAPI.status == .notFound)
            let port = try #require(
                server.standardError.firstMatch(of: /metrics\.addresses=127\.0\.0\.1:(\d+)/).flatMap { UInt16($0.1) })
            let health = try await HTTPClient.shared.execute(
                HTTPClientRequest(url: "http://127.0.0.1:\(port)/health"), timeout: TimeAmount(Patience.limit))
            #expect(health.status == .notFound)
        }
    }

    @Test func `readiness tells of the storage and of each zone`() async throws {
        try await withServer { server, _ async throws in
            let port = try #require(
                server.standardError.firstMatch(of: /metrics\.addresses=127\.0\.0\.1:(\d+)/).flatMap { UInt16($0.1) })
            let response = try await HTTPClient.shared.execute(
                HTTPClientRequest(url: "http://127.0.0.1:\(port)/readyz"), timeout: TimeAmount(Patience.limit))
            #expect(response.status == .ok)
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            let report = try decoder.decode(
                ReadinessResponse.self, from: Data(try await response.body.collect(upTo: 65_536).readableBytesView))
            #expect(report.ready && report.storageTrouble == nil)
            #expect(report.zones.map(\.zone) == ["delegates.example.net"] && report.zones[0].signed)
            #expect(report.zones[0].expires?.hasSuffix("Z") == true)
        }
    }

    @Test func `docs/metrics.md, the dashboard and the alerts name what is told, and nothing else`() async throws {
        try await withServer { server, ports async throws in
            let api = API(port: ports.http)
            _ = try await api.register()
            try await onThread { () throws in
                _ = try TestClient(port: ports.dns).askOverUDP(QueryOctets("elsewhere.test.", .a).octets)
            }
            let told = Set(try await scrape(server).matches(of: /# TYPE (\S+)/).map { String($0.1) })
            let page = try DocumentationTests.text(of: "docs/metrics.md")
            let documented = Set(page.matches(of: /(?m)^\| `(\w+)` \|/).map { String($0.1) })
            #expect(documented == told.union(Self.ofCertificates).union(Self.ofNodes))
            for file in ["Packaging/grafana/nuncio.json", "Packaging/prometheus/alerts.yml"] {
                let text = try DocumentationTests.text(of: file)
                for match in text.matches(of: /\b((?:nuncio|process)_[a-z_]+)/) {
                    let name = String(match.1).replacing(/_(bucket|sum|count)$/, with: "")
                    #expect(documented.contains(name) || documented.contains(String(match.1)), "\(file): \(name)")
                }
            }
        }
    }
}
