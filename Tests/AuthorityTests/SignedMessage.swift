import Crypto
import DNS
import DNSSEC
import TestSupport
import Testing

/// A response with verified signatures: of each RRset in its answer and authority sections, except a referral's NS.
struct SignedMessage {
    let message: ParsedMessage
    /// The problems found, in words.
    private(set) var problems: [String] = []

    init(_ message: ParsedMessage, signer: ZoneSigner, at now: UInt32) {
        self.message = message
        for section in [message.answers, message.authorities] {
            let isReferral = !message.isAuthoritative
            for (key, records) in Dictionary(grouping: section, by: { Key(owner: $0.owner, type: $0.type) })
            where key.type != .rrsig && !(isReferral && key.type == .ns) {
                let signatures = section.filter { $0.type == .rrsig && $0.owner == key.owner && $0.covers(key.type) }
                let tags = Set(signatures.map(\.keyTag))
                let expected = Set(signer.keys(for: key.type).map(\.tag))
                if tags != expected { problems.append("\(key.owner) \(key.type) is signed by \(tags), not \(expected)") }
                for signature in signatures { check(signature, over: records, key, signer: signer, at: now) }
            }
        }
    }

    private struct Key: Hashable {
        var owner: DomainName
        var type: RecordType
    }

    private mutating func check(
        _ signature: ParsedMessage.Record, over records: [ParsedMessage.Record], _ key: Key, signer: ZoneSigner, at now: UInt32
    ) {
        func report(_ text: String) { problems.append("\(key.owner) \(key.type): \(text)") }
        let octets = signature.data.octets
        func number(_ start: Int, _ length: Int) -> UInt32 {
            octets[start..<start + length].reduce(0) { $0 << 8 | UInt32($1) }
        }
        if records.contains(where: { $0.ttl != signature.ttl }) { report("RRSIG has another TTL") }
        if octets[3] != SignatureInput.signedLabelCount(of: key.owner.wire.span) { report("labels \(octets[3])") }
        let (expiration, inception) = (number(8, 4), number(12, 4))
        if inception > now || expiration < now { report("not valid now") }
        if signature.ttl > number(4, 4) { report("TTL above the original one") }
        guard let signing = signer.publishedKeys.first(where: { $0.tag == signature.keyTag }) else {
            return report("there is no key \(signature.keyTag)")
        }
        var input = SignatureInput()
        input.set(
            RRset(owner: key.owner, type: key.type, ttl: number(4, 4), data: records.map(\.data)), signer: signer.apex)
        input.set(inception: inception, expiration: expiration, algorithm: octets[2], keyTag: signature.keyTag)
        let start = 18 + signer.apex.wire.count
        if Array(octets[18..<start]) != signer.apex.wire { report("another signer") }
        let publicKey = Array(signing.dnskey.octets.dropFirst(4))
        let isValid =
            switch signing.algorithm {
            case .ecdsaP256SHA256:
                (try? P256.Signing.PublicKey(rawRepresentation: publicKey).isValidSignature(
                    P256.Signing.ECDSASignature(rawRepresentation: octets[start...]), for: input.octets)) ?? false
            case .ed25519:
                (try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey).isValidSignature(
                    octets[start...], for: input.octets)) ?? false
            }
        if !isValid { report("the signature does not verify") }
    }

    /// The NSEC record of a negative answer.
    var proof: ParsedMessage.Record? { message.authorities.first { $0.type == .nsec } }
}

extension ParsedMessage.Record {
    func covers(_ type: RecordType) -> Bool {
        UInt16(data.octets[0]) << 8 | UInt16(data.octets[1]) == type.rawValue
    }

    var keyTag: UInt16 { UInt16(data.octets[16]) << 8 | UInt16(data.octets[17]) }
}
