import DNS
import Delegates
import Logging
import TestSupport
import Testing

@testable import Daemon

/// Delegates that end by themselves.
struct UnusedExpiryTests {
    @Test func `what was not used for so long ends, however much of it there is; what was used stays`() async throws {
        let storage = MemoryStorage()
        let table = DelegateTable()
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let later = Samples.start.advanced(by: .seconds(86_400))
        let operating = Operating(
            storage: storage, table: table, clock: SteadyClock { Samples.start }, limits: Limits(),
            zones: [try DomainName("d.example")],
            isTaken: { _ in false })
        for index in 0..<450 {
            try await operating.prepare(try operating.name("n\(index)"), for: nil, by: Actor(.operator, from: nil))
        }
        let used = try operating.name("used")
        _ = try await operating.create(used, label: "", allowedNetworks: .all, expires: nil, by: Actor(.operator, from: nil))
        try await storage.commit(.publish(Samples.value(1), delegate: used), by: Actor(.operator, from: nil), at: Samples.start)
        func expiry(after lifetime: Duration?) -> UnusedExpiry {
            UnusedExpiry(storage: storage, clock: SteadyClock { later }, lifetime: lifetime, logger: quiet)
        }
        func alive() async throws -> Int {
            try await storage.delegates(DelegateFilter(state: .prepared), after: nil, maximum: 1000).records.count
        }
        #expect(await !expiry(after: nil).expireSome())
        #expect(await !expiry(after: .seconds(86_400)).expireSome())
        #expect(try await alive() == 450)
        let expiry = expiry(after: nil)
        expiry.setLifetime(.seconds(86_399))
        while await expiry.expireSome() {}
        #expect(try await alive() == 0)
        #expect(try await storage.delegate(used)?.state == .active)
        #expect(try await storage.delegate(try operating.name("n0"))?.state == .deleted)
    }
}
