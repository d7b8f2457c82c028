import Authority
import DNS
import DNSSEC
import Delegates
import TestSupport

/// The sample server with a signed zone.
struct SignedServer {
    let signer: ZoneSigner
    let server: SampleServer

    static let apex = "d.example."
    static let secure = [
        "safe.d.example. 60 IN NS ns.sub.d.example.", "safe.d.example. 60 IN DS 1 13 2 \(String(repeating: "ab", count: 32))",
    ]

    init() throws {
        signer = try Self.makeSigner(Self.apex, [.ecdsaP256SHA256])
        server = try SampleServer(records: SampleServer.records + Self.secure, signers: [try DomainName(Self.apex): signer])
    }

    static func makeSigner(_ apex: String, _ algorithms: [SigningAlgorithm]) throws -> ZoneSigner {
        let keys = algorithms.map { SigningKey($0, isSecureEntryPoint: true, avoiding: []) }
        return ZoneSigner(
            apex: try DomainName(apex), dataKeys: keys, entryKeys: keys, publishedKeys: keys,
            parentRequest: .delegationSigners(keys))
    }

    var now: UInt32 { UInt32(server.now.secondsSinceEpoch) }

    /// The response to a question for DNSSEC records, with every signature verified.
    func ask(
        _ name: String, _ type: RecordType, isCompactOK: Bool = false, over transport: Transport = .udp
    ) throws -> SignedMessage {
        let message = try server.askSecurely(name, type, isCompactOK: isCompactOK, over: transport)
        return SignedMessage(message, signer: signer, at: now)
    }
}
