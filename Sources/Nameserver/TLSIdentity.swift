import Foundation
package import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
import Synchronization

/// The certificate and key of DNS over TLS, read from files and read again when they change.
package final class TLSIdentity: Service {
    private let certificatePath: String
    private let keyPath: String
    private let logger: Logger
    private let current: Mutex<Loaded>

    private struct Loaded {
        var context: NIOSSLContext
        var stamp: [Stamp]
    }

    /// What of a file changes when it is replaced.
    private struct Stamp: Equatable {
        var modified: Date
        var inode: UInt64
        var length: UInt64
    }

    /// How often the files are looked at.
    private static let period = Duration.seconds(5)

    /// - Throws: ``Failure`` that names the file.
    package init(certificatePath: String, keyPath: String, logger: Logger) throws(Failure) {
        self.certificatePath = certificatePath
        self.keyPath = keyPath
        self.logger = logger
        current = Mutex(try Self.load(certificatePath: certificatePath, keyPath: keyPath))
    }

    package struct Failure: Error, Hashable, CustomStringConvertible {
        package var description: String
    }

    /// What new connections use; those that are open keep theirs.
    var context: NIOSSLContext { current.withLock(\.context) }

    package func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: Self.period)
                self.reloadIfChanged()
            }
        }
    }

    private func reloadIfChanged() {
        guard let stamp = try? Self.stamp(of: [certificatePath, keyPath]), stamp != current.withLock(\.stamp) else { return }
        do {
            let loaded = try Self.load(certificatePath: certificatePath, keyPath: keyPath)
            current.withLock { $0 = loaded }
            logger.notice("certificate reloaded", metadata: ["tls.certificate": "\(certificatePath)"])
        } catch {
            // Perhaps only one of the two files has been written yet: the old pair stays until both go together.
            current.withLock { $0.stamp = stamp }
            logger.error("certificate not reloaded", metadata: ["error": "\(error)"])
        }
    }

    private static func load(certificatePath: String, keyPath: String) throws(Failure) -> Loaded {
        let stamp: [Stamp]
        let certificates: [NIOSSLCertificate]
        let key: NIOSSLPrivateKey
        do {
            stamp = try Self.stamp(of: [certificatePath, keyPath])
            certificates = try NIOSSLCertificate.fromPEMFile(certificatePath)
        } catch {
            throw Failure(description: "the certificate “\(certificatePath)” or the key “\(keyPath)” cannot be read: \(error)")
        }
        do {
            key = try NIOSSLPrivateKey(file: keyPath, format: .pem)
        } catch {
            throw Failure(description: "the key “\(keyPath)” cannot be read: \(error)")
        }
        do {
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = .tlsv12
            // Of TLS 1.2 the one suite that RFC 9325 section 4.2 recommends first, for each kind of key: there is nothing to
            // choose, so that no client can choose worse than the server would.
            configuration.cipherSuiteValues = [
                .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            ]
            configuration.applicationProtocols = ["dot"]
            // A client that is shown the door need not say goodbye.
            configuration.shutdownTimeout = .milliseconds(200)
            return Loaded(context: try NIOSSLContext(configuration: configuration), stamp: stamp)
        } catch {
            throw Failure(description: "“\(certificatePath)” and “\(keyPath)” do not go together: \(error)")
        }
    }

    private static func stamp(of paths: [String]) throws -> [Stamp] {
        try paths.map { path in
            let attributes = try FileManager.default.attributesOfItem(
                atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
            return Stamp(
                modified: attributes[.modificationDate] as? Date ?? .distantPast,
                inode: (attributes[.systemFileNumber] as? NSNumber)?.uint64Value ?? 0,
                length: (attributes[.size] as? NSNumber)?.uint64Value ?? 0)
        }
    }
}
