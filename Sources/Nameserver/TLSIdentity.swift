import Foundation
package import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
import Sockets
import Synchronization
import SystemErrors

/// The certificate and key of DNS over TLS, read from files and reloaded when they change.
package final class TLSIdentity: Service {
    private let logger: Logger
    private let current: Mutex<Loaded>

    /// A certificate and its key, read and found to match.
    package struct Loaded: Sendable {
        fileprivate var certificatePath: String
        fileprivate var keyPath: String
        /// When the certificate expires, in seconds since 1970.
        fileprivate var expiry: Int
        fileprivate var context: NIOSSLContext
        fileprivate var stamp: [Stamp]
    }

    /// The attributes of a file that change when it is replaced.
    fileprivate struct Stamp: Equatable {
        var modified: Date
        var inode: UInt64
        var length: UInt64
    }

    /// The interval between checks of the files.
    private static let period = Duration.seconds(5)

    package init(_ loaded: Loaded, logger: Logger) {
        self.logger = logger
        current = Mutex(loaded)
    }

    package struct Failure: Error, Hashable, CustomStringConvertible {
        package var description: String
    }

    /// Reads a certificate and its key, for ``init(_:logger:)`` and ``replace(by:)``.
    ///
    /// - Throws: ``Failure`` that names the file.
    package static func load(certificatePath: String, keyPath: String) throws(Failure) -> Loaded {
        for (what, path) in [("certificate", certificatePath), ("key", keyPath)] {
            guard let obstacle = SystemError.obstacle(to: .reading, path) else { continue }
            throw Failure(description: "the \(what) “\(path)” cannot be read: \(obstacle)")
        }
        let stamp: [Stamp]
        let certificates: [NIOSSLCertificate]
        let key: NIOSSLPrivateKey
        do {
            stamp = try Self.stamp(of: [certificatePath, keyPath])
            certificates = try NIOSSLCertificate.fromPEMFile(certificatePath)
        } catch {
            throw Failure(description: "the certificate “\(certificatePath)” cannot be read: \(reason(error, "certificate"))")
        }
        do {
            key = try NIOSSLPrivateKey(file: keyPath, format: .pem)
        } catch {
            throw Failure(
                description: "the key “\(keyPath)” cannot be read: \(reason(error, "private key without a passphrase"))")
        }
        do {
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = .tlsv12
            // For TLS 1.2, the one suite that RFC 9325 section 4.2 recommends first, for each kind of key: with no choice, no client can
            // choose worse than the server would.
            // SwiftNIO SSL cannot be told that the server's order of suites counts; where there is one, there is no order.
            configuration.cipherSuiteValues = [
                .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            ]
            configuration.applicationProtocols = ["dot"]
            // The server does not wait longer for the close_notify of a client that it closes on.
            configuration.shutdownTimeout = .milliseconds(200)
            return Loaded(
                certificatePath: certificatePath, keyPath: keyPath,
                expiry: certificates.first.map { Int($0.notValidAfter) } ?? 0,
                context: try NIOSSLContext(configuration: configuration),
                stamp: stamp)
        } catch {
            let reason =
                error as? NIOSSLError == .failedToLoadPrivateKey
                ? "the key is not that of the first certificate" : "\(error)"
            throw Failure(description: "“\(certificatePath)” and “\(keyPath)” do not match: \(reason)")
        }
    }

    /// - Parameter content: what should be in the file.
    private static func reason(_ error: any Error, _ content: String) -> String {
        switch error as? NIOSSLError {
        case .failedToLoadCertificate, .failedToLoadPrivateKey: "it contains no \(content) in PEM"
        default: SocketProblem.known(error) ?? SystemError.text(error)
        }
    }

    package func replace(by loaded: Loaded) {
        current.withLock { $0 = loaded }
    }

    /// The context for new connections; open ones keep theirs.
    var context: NIOSSLContext { current.withLock(\.context) }

    /// When the certificate for new connections expires, in seconds since 1970.
    package var expiry: Int { current.withLock(\.expiry) }

    package func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: Self.period)
                self.reloadIfChanged()
            }
        }
    }

    private func reloadIfChanged() {
        let (certificatePath, keyPath, known) = current.withLock { ($0.certificatePath, $0.keyPath, $0.stamp) }
        guard let stamp = try? Self.stamp(of: [certificatePath, keyPath]), stamp != known else { return }
        do {
            let loaded = try Self.load(certificatePath: certificatePath, keyPath: keyPath)
            current.withLock { $0 = loaded }
            logger.notice("certificate reloaded", metadata: ["tls.certificate": "\(certificatePath)"])
        } catch {
            // Perhaps only one of the two files has been written yet: the old pair stays until both match.
            current.withLock { $0.stamp = stamp }
            logger.error("certificate not reloaded", metadata: ["error": "\(error)"])
        }
    }

    private static func stamp(of paths: [String]) throws -> [Stamp] {
        try paths.map { path in
            let attributes = try FileManager.default.attributesOfItem(atPath: FilePath.resolved(path))
            return Stamp(
                modified: attributes[.modificationDate] as? Date ?? .distantPast,
                inode: (attributes[.systemFileNumber] as? NSNumber)?.uint64Value ?? 0,
                length: (attributes[.size] as? NSNumber)?.uint64Value ?? 0)
        }
    }
}
