package import FoundationEssentials
import SwiftASN1
import X509

/// A certificate that nobody vouches for, until an authority's is there: a TLS server must show one.
package struct SelfSignedCertificate: Sendable {
    package let chainPEM: String
    package let keyPEM: String

    /// The time for which it is valid: 7 days.
    package static let lifetime: TimeInterval = 7 * 86_400

    /// Makes one, with a new key.
    ///
    /// - Parameter names: DNS names, which the certificate gets.
    /// - Throws: the errors of swift-certificates.
    package init(names: [String], at now: Date) throws {
        let key = SignatureKey()
        let name = try DistinguishedName { CommonName("Nuncio: no certificate yet") }
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: Certificate.PrivateKey(key.key).publicKey,
            notValidBefore: now.addingTimeInterval(-3600), notValidAfter: now.addingTimeInterval(Self.lifetime), issuer: name,
            subject: name, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                SubjectAlternativeNames(names.map { .dnsName($0) })
            },
            issuerPrivateKey: Certificate.PrivateKey(key.key))
        chainPEM = try certificate.serializeAsPEM().pemString + "\n"
        keyPEM = key.pem + "\n"
    }
}
