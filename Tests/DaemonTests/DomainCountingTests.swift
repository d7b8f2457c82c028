import DNS
import Delegates
import Logging
import PrometheusMetrics
import TestSupport
import Testing

@testable import Daemon

struct DomainCountingTests {
    private let storage = MemoryStorage()

    private func metric(_ counting: DomainCounting) -> [String] {
        var exposition = Exposition()
        counting.write(to: &exposition)
        return exposition.text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init)
    }

    @Test func `domains are counted by verdict, and the last counts stay in trouble`() async throws {
        let counting = DomainCounting(storage: storage, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        #expect(metric(counting).isEmpty)
        let (name, domains) = (try DomainName("a.d.example"), try [DeclaredDomain](["a.example", "b.example", "c.example"]))
        let server = Actor(.server, from: nil)
        try await storage.commit(.enrol(NewDelegate(name: name, domains: domains)), by: server, at: Samples.start)
        try await storage.commit(
            .recordCheck(DomainCheck(.warning, leadsHere: true), of: domains[0], delegate: name), by: server, at: Samples.start)
        await counting.count()
        let expected = ["ok", "warning", "error", "unknown", "unchecked"].map { verdict in
            "nuncio_domains{verdict=\"\(verdict)\"} \(["warning": 1, "unchecked": 2][verdict] ?? 0)"
        }
        #expect(metric(counting) == expected)
        storage.fail(with: .overloaded)
        await counting.count()
        #expect(metric(counting) == expected)
    }
}
