package import NIOSSL
import Synchronization

/// What a door that speaks TLS shows to its clients. The certificate can be replaced: new connections get the new one, open ones keep
/// theirs.
package final class TLSIdentity: Sendable {
    private let application: ApplicationProtocol
    private let current: Mutex<ServerCertificate>

    package init(_ certificate: ServerCertificate, for application: ApplicationProtocol) {
        self.application = application
        current = Mutex(certificate)
    }

    package func replace(by certificate: ServerCertificate) {
        current.withLock { $0 = certificate }
    }

    package var certificate: ServerCertificate { current.withLock(\.self) }

    /// The context for new connections.
    package var context: NIOSSLContext { certificate.context(for: application) }
}

/// A protocol over TLS, by the name that ALPN has for it (RFC 7301).
package enum ApplicationProtocol: String, CaseIterable, Sendable {
    /// DNS (RFC 7858).
    case dns = "dot"
    case http = "http/1.1"
}
