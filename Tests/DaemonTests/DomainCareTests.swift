import DNS
import Delegates
import Logging
import Synchronization
import TestSupport
import Testing
import Webserver

@testable import Daemon
@testable import Doctor

/// The looks at declared domains that the server takes by itself.
struct DomainCareTests {
    private let storage = MemoryStorage()
    private let server = Actor(.server, from: nil)

    private func enrol(_ label: String, _ domains: [String]) async throws -> DomainName {
        let name = try DomainName("\(label).d.example")
        let new = NewDelegate(name: name, domains: try [DeclaredDomain](domains))
        try await storage.commit(.enrol(new), by: server, at: Samples.start)
        return name
    }

    private func care(
        after time: Duration, _ diagnose: @escaping @Sendable (DiagnosisRequest) async -> Diagnosis
    ) -> DomainCare {
        let now = Samples.start.advanced(by: time)
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return DomainCare(storage: storage, clock: SteadyClock { now }, logger: quiet, isOn: { true }, diagnose: diagnose)
    }

    private static func diagnosis(_ status: CheckStatus, leadsHere: Bool?) -> Diagnosis {
        Diagnosis(checks: [Check(.cname, [Finding(status, "")])], issuance: [], leadsToDelegate: leadsHere)
    }

    @Test func `each domain is looked at once a day, and what was found is kept`() async throws {
        let name = try await enrol("a", ["one.example", "two.example"])
        let asked = Mutex<[DiagnosisRequest]>([])
        let diagnose: @Sendable (DiagnosisRequest) async -> Diagnosis = { request in
            asked.withLock { $0.append(request) }
            let isFirst = request.domain.description == "one.example."
            return Self.diagnosis(isFirst ? .error : .unknown, leadsHere: isFirst ? true : nil)
        }
        await care(after: .seconds(100_000), diagnose).lookAtSome()
        #expect(asked.withLock { $0.allSatisfy { $0.delegate == name } && $0.count == 2 })
        let records = try await storage.domains(of: [name])[name] ?? []
        #expect(records.map(\.state) == [.error, .unknown])
        #expect(records[0].verifiedSince != nil && records[1].verifiedSince == nil)
        #expect(records[0].lastLook?.findings.map(\.check) == ["cname"])
        await care(after: .seconds(100_000 + 86_399), diagnose).lookAtSome()
        #expect(asked.withLock(\.count) == 2)
        await care(after: .seconds(100_000 + 86_401), diagnose).lookAtSome()
        #expect(asked.withLock(\.count) == 4)
    }

    @Test func `looks are spread: so many at a time, and few at once`() async throws {
        for index in 0..<2 { _ = try await enrol("n\(index)", (0..<50).map { "d\($0).example" }) }
        let count = Mutex(0)
        let running = Mutex(0)
        let most = Mutex(0)
        let care = care(after: .seconds(100_000)) { _ in
            let now = running.withLock { running in
                running += 1
                return running
            }
            most.withLock { $0 = max($0, now) }
            for _ in 0..<20 { await Task.yield() }
            running.withLock { $0 -= 1 }
            count.withLock { $0 += 1 }
            return Self.diagnosis(.ok, leadsHere: true)
        }
        await care.lookAtSome()
        #expect(count.withLock(\.self) == DomainCare.maximumPerPeriod && most.withLock(\.self) <= 2)
        for _ in 1...4 { await care.lookAtSome() }
        #expect(count.withLock(\.self) == 100)
    }
}
