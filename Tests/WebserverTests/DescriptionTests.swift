import DNS
import DelegateAPI
import Delegates
import Foundation
import Logging
import TestSupport
import Testing
import Webserver

/// The OpenAPI descriptions name every operation that there is, and no other.
struct DescriptionTests {
    private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// The operations, as `GET /path`. Our descriptions indent paths by two blanks and methods by four.
    private func operations(in file: String) throws -> Set<String> {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/\(file)"), encoding: .utf8)
        var operations: Set<String> = []
        var path = ""
        for line in text.split(separator: "\n") {
            if let match = line.wholeMatch(of: /\ {2}(\/\S*):/) { path = String(match.1) }
            if let match = line.wholeMatch(of: /\ {4}(get|put|post|patch|delete|head|options|trace):/) {
                operations.insert("\(match.1.uppercased()) \(path)")
            }
        }
        return operations
    }

    @Test func `docs/openapi.yaml has each route of the public API`() async throws {
        let storage = MemoryStorage()
        let table = DelegateTable()
        let clock = SteadyClock { Samples.start }
        let notes = AuditNotes(storage: storage, clock: clock)
        let services = Services(
            authentication: Authentication(
                storage: storage, credentials: CredentialTable(delegates: table), clock: clock, limits: Limits(), notes: notes,
                slowKeys: PlainKeyCheck()),
            publishing: Publishing(storage: storage, table: table, clock: clock, limits: Limits()),
            enrolment: Enrolment(
                storage: storage, table: table, clock: clock, zone: try DomainName("d.example"), mode: .open, limits: Limits(),
                notes: notes),
            holding: Holding(storage: storage, table: table, clock: clock, limits: Limits()),
            trustedProxies: TrustedProxies([]), publicURL: "", diagnose: SampleDiagnosis.tell)
        let routes = Set(services.operations(logger: quiet))
        #expect(try operations(in: "openapi.yaml") == routes)
        #expect(routes.count > 15)
    }

    @Test func `docs/openapi-operator.yaml has each route of the operator's API`() async throws {
        let (lines, _) = AsyncStream.makeStream(of: TraceLine.self)
        let services = try RunningOperatorAPI.services(MemoryStorage(), DelegateTable(), trace: lines, token: nil)
        let routes = Set(services.operations(logger: quiet))
        #expect(try operations(in: "openapi-operator.yaml") == routes)
        #expect(routes.count > 25)
    }
}
