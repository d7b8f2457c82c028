import Authority
import DNS
import Delegates
import TestSupport
import Testing

/// The limits on signatures that are made for answers.
struct SignatureLimitTests {
    private let signed: SignedServer

    init() throws {
        signed = try SignedServer()
    }

    @Test func `who has proved their address can have signatures when others cannot any more`() throws {
        var workspace = Workspace(signaturesPerSecond: 10)
        func ask(_ index: Int, over transport: Transport, at time: Timestamp) throws -> (Exchange, ParsedMessage) {
            let query = try QueryOctets("x\(index).d.example.", .a, edns: EDNS(payloadSize: 1232, isDNSSECOK: true)).octets
            let exchange = signed.server.responder.respond(
                to: query.span, from: Samples.client, over: transport, at: time, with: &workspace)
            return (exchange, try ParsedMessage(workspace.response.octets))
        }
        // The SOA's signature and four proofs.
        for index in 0..<4 { #expect(try ask(index, over: .udp, at: signed.server.now).1.authorities.count == 4) }
        let (exchange, message) = try ask(4, over: .udp, at: signed.server.now)
        #expect(message.isTruncated && message.authorities.isEmpty && message.responseCode == .noError)
        #expect(exchange.isUnsigned)
        #expect(try ask(0, over: .udp, at: signed.server.now).1.authorities.count == 4)
        for index in 4..<9 { #expect(try ask(index, over: .tcp, at: signed.server.now).1.authorities.count == 4) }
        let refused = try ask(9, over: .tcp, at: signed.server.now).1
        #expect(refused.responseCode == .serverFailure && refused.edns?.option(.extendedError) == [0, 14])
        // Signatures that were made ahead need none of these.
        #expect(
            try ParsedMessage(
                #require(
                    signed.server.respond(
                        to: QueryOctets(
                            SampleServer.published, .txt, edns: EDNS(payloadSize: 1232, isDNSSECOK: true)
                        ).octets))
            ).answers.count == 3)
        let later = signed.server.now.advanced(by: .seconds(1))
        #expect(try ask(10, over: .udp, at: later).1.authorities.count == 4)
    }

    /// Certificate authorities ask for a delegate's CAA only if somebody wants a certificate for its own name.
    @Test(arguments: [RecordType.caa, .any])
    func `the CAA of a delegate is signed when it is asked for, within a limit of its own`(type: RecordType) throws {
        for index in 0..<4 {
            let name = try DomainName("n\(index).d.example")
            signed.server.table.enrol(name, sequence: ChangeSequence(UInt64(index + 10)), now: signed.server.now)
        }
        var workspace = Workspace(signaturesPerSecond: 4)
        // A flood of names that do not exist.
        for index in 0..<9 {
            let query = try QueryOctets("x\(index).d.example.", .a, edns: EDNS(payloadSize: 1232, isDNSSECOK: true)).octets
            _ = signed.server.responder.respond(
                to: query.span, from: Samples.client, over: .tcp, at: signed.server.now, with: &workspace)
        }
        func ask(_ name: String, _ type: RecordType, over transport: Transport) throws -> (Exchange, SignedMessage) {
            let query = try QueryOctets(name, type, edns: EDNS(payloadSize: 1232, isDNSSECOK: true)).octets
            let exchange = signed.server.responder.respond(
                to: query.span, from: Samples.client, over: transport, at: signed.server.now, with: &workspace)
            return (
                exchange, SignedMessage(try ParsedMessage(workspace.response.octets), signer: signed.signer, at: signed.now)
            )
        }
        for index in 0..<2 {
            let (exchange, answer) = try ask("n\(index).d.example.", type, over: .udp)
            #expect(exchange.madeSignatures == 1 && answer.problems == [] && answer.message.answers.count == 3)
        }
        // The same signature for the next client.
        let (again, kept) = try ask("N0.d.example.", type, over: .udp)
        #expect(again.madeSignatures == 0 && again.reusedSignatures == 1 && kept.problems == [])
        // The other half is for clients with a proved address, and values need none of it.
        let (unsigned, truncated) = try ask("n2.d.example.", type, over: .udp)
        #expect(unsigned.isUnsigned && truncated.message.isTruncated && truncated.message.answers.isEmpty)
        for index in 2..<4 {
            #expect(try ask("n\(index).d.example.", type, over: .tcp).1.message.answers.count == 3)
        }
        // Beyond the limit they come without signatures, never as a failure.
        let bare = try ask(SampleServer.silent, type, over: .tcp)
        #expect(bare.0.isUnsigned && bare.1.message.responseCode == .noError)
        #expect(bare.1.message.answers.map(\.type) == [.caa, .caa])
        #expect(bare.1.message.edns?.option(.extendedError) == [0, 14])
        let (values, answer) = try ask(SampleServer.published, .txt, over: .udp)
        #expect(values.madeSignatures == 0 && answer.problems == [] && answer.message.answers.count == 3)
    }
}
