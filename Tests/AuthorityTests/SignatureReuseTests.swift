import Authority
import DNS
import DNSSEC
import Delegates
import TestSupport
import Testing

/// Answers with signatures that are there already: made ahead, or kept from an earlier answer.
struct SignatureReuseTests {
    private static let published = SampleServer.published
    private let signed: SignedServer

    init() throws {
        signed = try SignedServer()
    }

    @Test(arguments: [(published, RecordType.txt), ("d.example.", .dnskey), ("d.example.", .a)])
    func `nothing is signed when it is asked for`(name: String, type: RecordType) throws {
        var workspace = Workspace()
        let query = try QueryOctets(name, type, edns: EDNS(payloadSize: 1232, isDNSSECOK: true)).octets
        let exchange = signed.server.responder.respond(
            to: query.span, from: Samples.client, over: .udp, at: signed.server.now, with: &workspace)
        #expect(exchange.madeSignatures == 0 && exchange.reusedSignatures == 0)
    }

    @Test func `a proof that was made is used again, one for another serial too`() throws {
        var workspace = Workspace()
        func ask(_ name: String) throws -> Exchange {
            let query = try QueryOctets(name, .a, edns: EDNS(payloadSize: 1232, isDNSSECOK: true)).octets
            return signed.server.responder.respond(
                to: query.span, from: Samples.client, over: .udp, at: signed.server.now, with: &workspace)
        }
        #expect(try ask("nothing.d.example.").madeSignatures == 2)
        #expect(try ask("Nothing.d.example.").madeSignatures == 0)
        #expect(try ask("other.d.example.").madeSignatures == 1)
        #expect(try ask("other.d.example.").reusedSignatures == 2)
        signed.server.publish(Samples.value(3), sequence: 20)
        let exchange = try ask("other.d.example.")
        #expect(exchange.madeSignatures == 1 && exchange.reusedSignatures == 1)
        let message = SignedMessage(try ParsedMessage(workspace.response.octets), signer: signed.signer, at: signed.now)
        #expect(message.problems == [])
    }

    @Test func `a zone that is read anew has a signature over its new SOA, though no change came`() throws {
        let old = SampleZone.make(serial: 1, signed.signer)
        let new = SampleZone.make(serial: 2, signed.signer)
        var workspace = Workspace()
        let query = try QueryOctets("nothing.d.example.", .a, edns: EDNS(payloadSize: 1232, isDNSSECOK: true)).octets
        for zone in [old, new] {
            let responder = Responder(zones: try zone(signed.now), table: DelegateTable())
            _ = responder.respond(to: query.span, from: Samples.client, over: .udp, at: signed.server.now, with: &workspace)
            let message = SignedMessage(try ParsedMessage(workspace.response.octets), signer: signed.signer, at: signed.now)
            #expect(message.problems == [])
        }
    }

    private enum SampleZone {
        /// A zone from a file, with the file's serial.
        static func make(serial: Int, _ signer: ZoneSigner) -> (UInt32) throws -> Zones {
            { now in
                let text = "$ORIGIN d.example.\n@ 60 SOA ns hostmaster \(serial) 2 3 4 5\n@ 60 NS ns\nns 60 A 192.0.2.1\n"
                let zone = try #require(ZoneFile(MasterFile(text)).zone)
                return Zones([zone]).signed(by: [zone.apex: signer], reusing: nil, at: now)
            }
        }
    }
}
