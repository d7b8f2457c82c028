import NIOCore
package import NIOSSL

/// A certificate with its chain and its key, which match: what a server needs for handshakes.
package struct ServerCertificate: Sendable {
    /// When the certificate expires, in seconds since 1970.
    package let expiry: Int
    private let dns: NIOSSLContext
    private let http: NIOSSLContext

    package enum Failure: Error, Sendable {
        /// The key is not that of the first certificate.
        case otherKey
        /// Any other reason, in words.
        case unusable(String)
    }

    /// - Parameter chain: the certificate, and then those that lead to a root.
    package init(chain: [NIOSSLCertificate], key: NIOSSLPrivateKey) throws(Failure) {
        expiry = chain.first.map { Int($0.notValidAfter) } ?? 0
        dns = try Self.makeContext(chain, key, .dns)
        http = try Self.makeContext(chain, key, .http)
    }

    /// - Parameter pem: the chain and the key.
    package init(pem: [UInt8]) throws(Failure) {
        let chain: [NIOSSLCertificate]
        let key: NIOSSLPrivateKey
        do {
            chain = try NIOSSLCertificate.fromPEMBytes(pem)
            key = try NIOSSLPrivateKey(bytes: pem, format: .pem)
        } catch {
            throw .unusable("\(error)")
        }
        try self.init(chain: chain, key: key)
    }

    package func context(for application: ApplicationProtocol) -> NIOSSLContext {
        switch application {
        case .dns: dns
        case .http: http
        }
    }

    private static func makeContext(
        _ chain: [NIOSSLCertificate], _ key: NIOSSLPrivateKey, _ application: ApplicationProtocol
    ) throws(Failure) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        // For TLS 1.2, the one suite that RFC 9325 section 4.2 recommends first, for each kind of key: with no choice, no client can
        // choose worse than the server would.
        // SwiftNIO SSL cannot be told that the server's order of suites counts; where there is one, there is no order.
        configuration.cipherSuiteValues = [
            .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        ]
        configuration.applicationProtocols = [application.rawValue]
        // The server does not wait longer for the close_notify of a client that it closes on.
        configuration.shutdownTimeout = .milliseconds(200)
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw error as? NIOSSLError == .failedToLoadPrivateKey ? .otherKey : .unusable("\(error)")
        }
    }
}
