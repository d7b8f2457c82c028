import Crypto
package import DNS
import FoundationEssentials

/// A signing key and its public data.
package struct SigningKey: Sendable {
    package let algorithm: SigningAlgorithm
    /// Whether the key signs the zone's keys, so that the parent zone has its DS: the SEP flag (RFC 4034 section 2.1.1).
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

    /// Generates a key.
    ///
    /// - Parameter tags: the tags that the key must not have: a signature names its key by the tag alone.
    package init(_ algorithm: SigningAlgorithm, isSecureEntryPoint: Bool, avoiding tags: Set<UInt16>) {
        repeat {
            switch algorithm {
            case .ecdsaP256SHA256: self.init(.p256(P256.Signing.PrivateKey()), isSecureEntryPoint: isSecureEntryPoint)
            case .ed25519: self.init(.ed25519(Curve25519.Signing.PrivateKey()), isSecureEntryPoint: isSecureEntryPoint)
            }
        } while tags.contains(tag)
    }

    /// Restores a stored key.
    ///
    /// - Parameter octets: the key's ``secretOctets``.
    /// - Returns: `nil` if the octets are not a key of that algorithm.
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

    /// The 32 octets that must be kept secret (RFC 6605 section 6, RFC 8080 section 6).
    package var secretOctets: [UInt8] {
        switch secret {
        case .p256(let key): Array(key.rawRepresentation)
        case .ed25519(let key): Array(key.rawRepresentation)
        }
    }

    /// The signature's 64 octets.
    ///
    /// - Returns: `nil` if there is no memory for the signature.
    func signature(over octets: [UInt8]) -> [UInt8]? {
        let signature: Data?
        switch secret {
        case .p256(let key): signature = try? key.signature(for: SHA256.hash(data: octets)).rawRepresentation
        case .ed25519(let key): signature = try? key.signature(for: octets)
        }
        return signature.map { Array($0) }
    }

    /// Whether a DS belongs to this key, with a SHA-1, SHA-256 or SHA-384 digest. Parents should no longer accept SHA-1 (RFC 8624
    /// section 3.3), but validators do.
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

    /// The key's DS for the parent zone, with a SHA-256 digest (RFC 4509).
    ///
    /// - Parameter apex: the apex of the zone that the key signs.
    package func ds(apex: DomainName) -> RecordData {
        let digest = SHA256.hash(data: apex.lowercased.wire + dnskey.octets)
        return .ds(keyTag: tag, algorithm: algorithm.rawValue, digestType: 2, digest: Array(digest))
    }
}
