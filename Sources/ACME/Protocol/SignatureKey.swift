import Crypto
import FoundationEssentials

/// The key of an account, or of a certificate that is to be revoked: ECDSA P-256, and ES256 as an algorithm (RFC 7518 section 3.4).
package struct SignatureKey: Sendable {
    let key: P256.Signing.PrivateKey

    /// Makes a new key.
    package init() {
        key = P256.Signing.PrivateKey()
    }

    /// - Returns: `nil` if the text is no private key of P-256 in PEM.
    package init?(pem: String) {
        guard let key = try? P256.Signing.PrivateKey(pemRepresentation: pem) else { return nil }
        self.key = key
    }

    /// The key in PEM (PKCS #8).
    package var pem: String { key.pemRepresentation }

    /// The public key as a JWK, its members in the order that a thumbprint needs (RFC 7638 section 3).
    var webKey: String {
        let point = key.publicKey.rawRepresentation
        return
            #"{"crv":"P-256","kty":"EC","x":"\#(Base64URL.text(of: point.prefix(32)))","y":"\#(Base64URL.text(of: point.suffix(32)))"}"#
    }

    /// The thumbprint that a challenge's value contains (RFC 8555 section 8.1).
    package var thumbprint: String { Base64URL.text(of: SHA256.hash(data: Data(webKey.utf8))) }

    /// - Throws: what Crypto throws.
    func signature(of text: String) throws -> [UInt8] { try Array(key.signature(for: Data(text.utf8)).rawRepresentation) }
}
