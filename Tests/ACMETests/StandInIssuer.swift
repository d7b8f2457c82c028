import Crypto
import Foundation
import SwiftASN1
import X509

@testable import ACME

/// A root that signs certificates for tests.
struct StandInIssuer: Sendable {
    let certificate: Certificate
    private let key = P256.Signing.PrivateKey()

    init(name: String) throws {
        let subject = try DistinguishedName { CommonName(name) }
        let issuer = Certificate.PrivateKey(key)
        certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: issuer.publicKey,
            notValidBefore: Date(timeIntervalSince1970: 1_000_000_000),
            notValidAfter: Date(timeIntervalSince1970: 4_000_000_000),
            issuer: subject, subject: subject, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(keyCertSign: true))
            }, issuerPrivateKey: issuer)
    }

    /// - Parameter keyIdentifier: `nil` leaves the extension out.
    func certificate(
        for publicKey: Certificate.PublicKey, names: [GeneralName], from start: Date, for lifetime: TimeInterval,
        serial: Certificate.SerialNumber = Certificate.SerialNumber(), keyIdentifier: [UInt8]? = [1, 2, 3]
    ) throws -> Certificate {
        var extensions = try Certificate.Extensions { SubjectAlternativeNames(names) }
        if let keyIdentifier {
            try extensions.append(
                Certificate.Extension(AuthorityKeyIdentifier(keyIdentifier: keyIdentifier[...]), critical: false))
        }
        return try Certificate(
            version: .v3, serialNumber: serial, publicKey: publicKey, notValidBefore: start,
            notValidAfter: start.addingTimeInterval(lifetime), issuer: certificate.subject, subject: DistinguishedName(),
            signatureAlgorithm: .ecdsaWithSHA256, extensions: extensions, issuerPrivateKey: Certificate.PrivateKey(key))
    }
}
