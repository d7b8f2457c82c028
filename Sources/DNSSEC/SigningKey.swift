import Crypto
package import DNS
import FoundationEssentials

/// A key that signs, and what others know of it.
package struct SigningKey: Sendable {
    package let algorithm: SigningAlgorithm
    /// Whether it signs the zone's keys, and so is the one of which the parent zone has a DS: the SEP flag (RFC 4034 section 2.1.1).
    package let isSecureEntryPoint: Bool
    package let dnskey: RecordData
    package let tag: UInt16
    private let secret: Secret

    private enum Secret: Sendable {
        case p256(P256.Signing.PrivateKey)
        case ed25519(Curve25519.Signing.PrivateKey)
    }

    private static let zoneKeyFlag: UInt16 = 0x0100
    private static let secureEntryPointFlag: UInt16 = 0x0001

    private init(_ secret: Secret, isSecureEntryPoint: Bool) {
        let publicKey: Data
        switch secret {
        case .p256(let key):
            algorithm = .ecdsaP256SHA256
            publicKey = key.publicKey.rawRepresentation
        case .ed25519(let key):
            algorithm = .ed25519
            publicKey = key.publicKey.rawRepresentation
        }
        self.secret = secret
        self.isSecureEntryPoint = isSecureEntryPoint
        dnskey = .dnskey(
            flags: Self.zoneKeyFlag | (isSecureEntryPoint ? Self.secureEntryPointFlag : 0), algorithm: algorithm.rawValue,
            publicKey: Array(publicKey))
        tag = dnskey.keyTag
    }

    /// Makes a new key.
    ///
    /// - Parameter tags: which it must not have: signatures tell by their tag alone which key made them.
    package init(_ algorithm: SigningAlgorithm, isSecureEntryPoint: Bool, avoiding tags: Set<UInt16>) {
        repeat {
            switch algorithm {
            case .ecdsaP256SHA256: self.init(.p256(P256.Signing.PrivateKey()), isSecureEntryPoint: isSecureEntryPoint)
            case .ed25519: self.init(.ed25519(Curve25519.Signing.PrivateKey()), isSecureEntryPoint: isSecureEntryPoint)
            }
        } while tags.contains(tag)
    }

    /// Takes a key as it was kept.
    ///
    /// - Parameter octets: see ``secretOctets``.
    /// - Returns: nothing if they are no key of that algorithm.
    package init?(_ algorithm: SigningAlgorithm, secretOctets octets: [UInt8], isSecureEntryPoint: Bool) {
        switch algorithm {
        case .ecdsaP256SHA256:
            guard let key = try? P256.Signing.PrivateKey(rawRepresentation: octets) else { return nil }
            self.init(.p256(key), isSecureEntryPoint: isSecureEntryPoint)
        case .ed25519:
            guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: octets) else { return nil }
            self.init(.ed25519(key), isSecureEntryPoint: isSecureEntryPoint)
        }
    }

    /// The 32 octets that are to be kept secret (RFC 6605 section 6, RFC 8080 section 6).
    package var secretOctets: [UInt8] {
        switch secret {
        case .p256(let key): Array(key.rawRepresentation)
        case .ed25519(let key): Array(key.rawRepresentation)
        }
    }

    /// The signature's 64 octets.
    ///
    /// - Returns: nothing if there is no memory for it.
    func signature(over octets: [UInt8]) -> Data? {
        switch secret {
        case .p256(let key): try? key.signature(for: SHA256.hash(data: octets)).rawRepresentation
        case .ed25519(let key): try? key.signature(for: octets)
        }
    }

    /// Whether a DS is this key's, with a digest by SHA-1, SHA-256 or SHA-384. Parents should no longer take SHA-1 (RFC 8624
    /// section 3.3), but validators believe it.
    package func matches(ds: RecordData, apex: DomainName) -> Bool {
        guard ds.octets.count > 4 else { return false }
        let input = apex.lowercased.wire + dnskey.octets
        let digest: [UInt8]
        switch ds.octets[3] {
        case 1: digest = Array(Insecure.SHA1.hash(data: input))
        case 2: digest = Array(SHA256.hash(data: input))
        case 4: digest = Array(SHA384.hash(data: input))
        default: return false
        }
        let expected = RecordData.ds(keyTag: tag, algorithm: algorithm.rawValue, digestType: ds.octets[3], digest: digest)
        return ds.octets == expected.octets
    }

    /// The DS of the key in the parent zone, with a digest by SHA-256 (RFC 4509).
    ///
    /// - Parameter apex: of the zone that the key signs.
    package func ds(apex: DomainName) -> RecordData {
        let digest = SHA256.hash(data: apex.lowercased.wire + dnskey.octets)
        return .ds(keyTag: tag, algorithm: algorithm.rawValue, digestType: 2, digest: Array(digest))
    }
}
