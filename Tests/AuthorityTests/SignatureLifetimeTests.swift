import Authority
import DNS
import DNSSEC
import Delegates
import TestSupport
import Testing

/// The time that the signatures of answers have left.
struct SignatureLifetimeTests {
    private static let silent = SampleServer.silent
    private static let published = SampleServer.published
    private let signed: SignedServer

    init() throws {
        signed = try SignedServer()
    }

    @Test(arguments: [(published, RecordType.txt), (silent, .caa), ("d.example.", .dnskey), ("web.d.example.", .a)])
    func `a signature that does not hold is never given out`(name: String, type: RecordType) throws {
        var server = signed.server
        // A month without a refresh.
        server.now = server.now.advanced(by: .seconds(30 * 86_400))
        let time = UInt32(server.now.secondsSinceEpoch)
        #expect(SignedMessage(try server.askSecurely(name, type), signer: signed.signer, at: time).problems == [])
    }

    /// Monitors warn at three days (check_zone_rrsig_expiration). Nothing is refreshed here: signatures made ahead grow old,
    /// and those kept for the next query stay in place.
    @Test(arguments: [[.ecdsaP256SHA256], [.ecdsaP256SHA256, .ed25519]] as [[SigningAlgorithm]])
    func `nothing that is given out ends within four days, for weeks`(algorithms: [SigningAlgorithm]) throws {
        let signer = try SignedServer.makeSigner(SignedServer.apex, algorithms)
        var server = try SampleServer(
            records: SampleServer.records + SignedServer.secure, signers: [try DomainName(SignedServer.apex): signer])
        let questions: [(String, RecordType)] = [
            (Self.published, .txt), (Self.silent, .caa), (Self.silent, .txt), (Self.silent, .mx), ("nothing.d.example.", .a),
            ("d.example.", .soa), ("d.example.", .dnskey), ("d.example.", .cds), ("d.example.", .ns), ("d.example.", .hinfo),
            ("x.wild.d.example.", .txt), ("www.d.example.", .a), ("safe.d.example.", .ds), ("sub.d.example.", .ds),
        ]
        var workspace = Workspace()
        var least = Int32.max
        for hour in stride(from: 0, to: 21 * 24, by: 5) {
            server.now = Samples.start.advanced(by: .seconds(hour * 3600))
            let time = UInt32(truncatingIfNeeded: server.now.secondsSinceEpoch)
            for (name, type) in questions {
                let query = try QueryOctets(name, type, edns: EDNS(payloadSize: 1232, isDNSSECOK: true)).octets
                _ = server.responder.respond(
                    to: query.span, from: Samples.client, over: .tcp, at: server.now, with: &workspace)
                let message = try ParsedMessage(workspace.response.octets)
                #expect(SignedMessage(message, signer: signer, at: time).problems == [], "\(name) \(type) at hour \(hour)")
                let signatures = (message.answers + message.authorities + message.additionals).filter { $0.type == .rrsig }
                #expect(!signatures.isEmpty, "\(name) \(type)")
                for signature in signatures {
                    let end = signature.data.octets[8..<12].reduce(0) { $0 << 8 | UInt32($1) }
                    least = min(least, Int32(bitPattern: end &- time))
                }
            }
        }
        #expect(least >= 4 * 86_400)
        #expect(least < 5 * 86_400, "signatures are kept, too")
    }
}
