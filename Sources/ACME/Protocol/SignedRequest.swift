import Crypto
import FoundationEssentials

/// The body of a request: a JWS in the flattened JSON form (RFC 8555 section 6.2).
enum SignedRequest {
    /// What says whose signature it is.
    enum Signer: Sendable {
        /// An account's key, with the account's URL.
        case account(SignatureKey, AuthorityURL)
        /// A key that the request brings: of an account that is not known by its URL yet, or of a certificate.
        case key(SignatureKey)

        var key: SignatureKey {
            switch self {
            case .account(let key, _), .key(let key): key
            }
        }
    }

    /// What a JWS says of itself. Absent members are left out.
    private struct Protection: Encodable {
        var alg: String
        var jwk: WebKey?
        var kid: String?
        var nonce: String?
        var url: String
    }

    /// A JWK as it is written by ``SignatureKey``.
    private struct WebKey: Codable {
        var crv: String
        var kty: String
        var x: String
        var y: String
    }

    private struct Envelope: Encodable {
        var payload: String
        var protected: String
        var signature: String
    }

    /// - Parameters:
    ///   - payload: JSON, or `nil` for a POST-as-GET (RFC 8555 section 6.3).
    ///   - nonce: The authority's text, of the alphabet of base64url.
    static func body(
        _ payload: [UInt8]?, to url: AuthorityURL, nonce: String, by signer: Signer
    ) throws -> [UInt8] {
        var protection = Protection(alg: "ES256", nonce: nonce, url: url.text)
        switch signer {
        case .account(_, let account): protection.kid = account.text
        case .key(let key): protection.jwk = try JSONDecoder().decode(WebKey.self, from: Data(key.webKey.utf8))
        }
        return try envelope(protection, payload) { try signer.key.signature(of: $0) }
    }

    /// The binding of a new account to one elsewhere (RFC 8555 section 7.3.4): that account's MAC over the new one's public key.
    static func binding(of key: SignatureKey, to external: ExternalAccount, at url: AuthorityURL) throws -> [UInt8] {
        try envelope(Protection(alg: "HS256", kid: external.keyID, url: url.text), Array(key.webKey.utf8)) { text in
            Array(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: SymmetricKey(data: external.key)))
        }
    }

    private static func envelope(
        _ protection: Protection, _ payload: [UInt8]?, signature: (String) throws -> [UInt8]
    ) throws -> [UInt8] {
        let protected = Base64URL.text(of: try JSONText.octets(protection))
        let payload = Base64URL.text(of: payload ?? [])
        return try JSONText.octets(
            Envelope(
                payload: payload, protected: protected,
                signature: Base64URL.text(of: try signature("\(protected).\(payload)"))))
    }
}

/// JSON as it is sent: members sorted, slashes as they are.
enum JSONText {
    static func octets(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }
}
