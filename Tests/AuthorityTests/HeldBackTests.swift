import DNS
import DNSSEC
import Delegates
import Synchronization
import TestSupport
import Testing

@testable import Authority

/// What a node answers that may lack changes of others.
struct HeldBackTests {
    private final class Clock: Sendable {
        let now = Mutex<UInt64>(1)

        func gate() -> AnswerGate { AnswerGate { self.now.withLock(\.self) } }

        func pass(_ time: UInt64) { now.withLock { $0 += time } }
    }

    private static let questions: [(name: String, type: RecordType, isKeptBack: Bool)] = [
        (SampleServer.published, .txt, true), (SampleServer.silent, .txt, true), (SampleServer.published, .caa, true),
        ("below.\(SampleServer.published)", .a, true), ("unknown.d.example.", .txt, true),
        // A wildcard stands for a name that can have been enrolled elsewhere.
        ("other.wild.d.example.", .txt, true),
        ("d.example.", .a, false), ("d.example.", .soa, false), ("d.example.", .txt, false), ("web.d.example.", .a, false),
        ("www.d.example.", .a, false), ("sub.d.example.", .a, false), ("elsewhere.test.", .a, false),
    ]

    private func code(_ server: SampleServer, _ name: String, _ type: RecordType) throws -> ResponseCode {
        try server.ask(name, type).responseCode
    }

    @Test func `what could deny a change of others is kept back while the gate is closed`() throws {
        let clock = Clock()
        let gate = clock.gate()
        let server = try SampleServer(table: DelegateTable(gate: gate))
        for (name, type, isKeptBack) in Self.questions {
            gate.open(until: 100)
            let open = try code(server, name, type)
            #expect(open != .serverFailure, "\(name)")
            gate.close()
            let closed = try server.ask(name, type)
            #expect(closed.responseCode == (isKeptBack ? .serverFailure : open), "\(name) \(type)")
            if isKeptBack { #expect(closed.edns?.option(.extendedError) == [0, 14], "not ready: \(name)") }
        }
    }

    @Test func `a gate that is not opened again closes by itself`() throws {
        let clock = Clock()
        let gate = clock.gate()
        let server = try SampleServer(table: DelegateTable(gate: gate))
        gate.open(until: 50)
        #expect(try code(server, SampleServer.published, .txt) == .noError)
        clock.pass(49)
        #expect(try code(server, SampleServer.published, .txt) == .serverFailure)
    }

    @Test(arguments: [true, false])
    func `after half an hour signed zones are kept back as a whole, and others are not`(isSigned: Bool) throws {
        let clock = Clock()
        let gate = clock.gate()
        let signer = try SignedServer.makeSigner(SignedServer.apex, [.ecdsaP256SHA256])
        let server = try SampleServer(
            signers: isSigned ? [try DomainName(SignedServer.apex): signer] : [:], table: DelegateTable(gate: gate))
        gate.open(until: 50)
        clock.pass(49)
        let own: [(String, RecordType)] = [("d.example.", .soa), ("web.d.example.", .a), ("d.example.", .dnskey)]
        clock.pass(AnswerGate.longTime)
        for (name, type) in own { #expect(try code(server, name, type) == .noError) }
        clock.pass(1)
        for (name, type) in own {
            #expect(try code(server, name, type) == (isSigned ? .serverFailure : .noError), "\(name) \(type)")
        }
        // The other zone of this server is not signed.
        #expect(try code(server, "second.example.", .soa) == .noError)
        // Closing it again does not make it look younger.
        gate.close()
        #expect(gate.state == .closedForLong)
        gate.open(until: .max)
        for (name, type) in own { #expect(try code(server, name, type) == .noError) }
    }
}
