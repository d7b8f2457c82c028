/// A signing algorithm, by its number in DNSKEY and RRSIG. Signatures of both algorithms have 64 octets.
package enum SigningAlgorithm: UInt8, CaseIterable, Codable, Sendable {
    /// ECDSA on the curve P-256 with SHA-256 (RFC 6605), which every validator knows.
    case ecdsaP256SHA256 = 13
    /// Ed25519 (RFC 8080).
    case ed25519 = 15

    /// The mnemonic in lower case, as in commands and configuration.
    package var name: String {
        switch self {
        case .ecdsaP256SHA256: "ecdsap256sha256"
        case .ed25519: "ed25519"
        }
    }

    /// - Parameter name: the mnemonic in lower case.
    package init?(name: String) {
        guard let algorithm = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = algorithm
    }

    /// Reads a mnemonic in any case, or a number.
    package init?(_ text: String) {
        guard let algorithm = Self.allCases.first(where: { $0.name == text.lowercased() || String($0.rawValue) == text })
        else { return nil }
        self = algorithm
    }
}
