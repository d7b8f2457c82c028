package import FoundationEssentials
import SwiftASN1

/// A certificate with its key, and where it is from.
package struct KeptCertificate: Sendable {
    package let chain: CertificateChain
    package let directory: AuthorityURL
    let key: SignatureKey

    /// The certificate and those that lead from it to a root.
    package var chainPEM: String { chain.pem }
    /// The private key (PKCS #8). It is a secret.
    package var keyPEM: String { key.pem + "\n" }
    package var notAfter: Date { chain.leaf.notAfter }

    private static let preamble = "Directory: "

    init(chain: CertificateChain, key: SignatureKey, directory: AuthorityURL) {
        self.chain = chain
        self.key = key
        self.directory = directory
    }

    /// One file for all, so that no crash can leave a certificate with another's key. Readers of PEM ignore text before it (RFC 7468
    /// section 2).
    var text: String { "\(Self.preamble)\(directory.text)\n\(keyPEM)\(chainPEM)" }

    /// - Throws: ``CertificateChain/Fault``.
    init(text: String) throws(CertificateChain.Fault) {
        let line = text.prefix { $0 != "\n" }
        guard line.hasPrefix(Self.preamble), let directory = AuthorityURL(String(line.dropFirst(Self.preamble.count))) else {
            throw .unreadable("its first line is not “\(Self.preamble)” and a URL")
        }
        let pem = String(text.dropFirst(line.count))
        let keys = (try? PEMDocument.parseMultiple(pemString: pem))?.filter { $0.discriminator == "PRIVATE KEY" } ?? []
        guard keys.count == 1, let key = keys.first.flatMap({ SignatureKey(pem: $0.pemString) }) else {
            throw .unreadable("there is no private key of P-256 in it")
        }
        self.init(chain: try CertificateChain(pem: pem), key: key, directory: directory)
    }
}
