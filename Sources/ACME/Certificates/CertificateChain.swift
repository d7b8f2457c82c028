import FoundationEssentials
import SwiftASN1
import X509

/// A certificate, and those that lead from it to a root.
package struct CertificateChain: Hashable, Sendable {
    package let leaf: LeafCertificate
    /// All certificates in PEM, the leaf first, without what else the text had.
    package let pem: String

    /// The number of certificates that a chain may have.
    package static let maximumCount = 10

    package enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
        case notPEM
        case noCertificate
        case tooMany
        case unreadable(String)

        package var description: String {
            switch self {
            case .notPEM: "it is not text in PEM"
            case .noCertificate: "there is no certificate in it"
            case .tooMany: "it has more than \(CertificateChain.maximumCount) certificates"
            case .unreadable(let reason): "a certificate in it is damaged: \(reason)"
            }
        }
    }

    /// - Parameter pem: Text in PEM. What is not of a certificate, such as a key, is ignored.
    package init(pem: String) throws(Fault) {
        let documents: [PEMDocument]
        do {
            documents = try PEMDocument.parseMultiple(pemString: pem)
        } catch {
            throw .notPEM
        }
        let certificates = documents.filter { $0.discriminator == "CERTIFICATE" }
        guard let first = certificates.first else { throw .noCertificate }
        guard certificates.count <= Self.maximumCount else { throw .tooMany }
        do {
            for certificate in certificates.dropFirst() { _ = try Certificate(derEncoded: certificate.derBytes) }
            leaf = try LeafCertificate(first.derBytes)
        } catch {
            throw .unreadable("\(error)")
        }
        self.pem = certificates.map { $0.pemString + "\n" }.joined()
    }
}
