import Foundation
import NIOSSL
import SystemErrors

/// A certificate with its chain, and its key, in PEM files.
package struct CertificateFiles: Hashable, Sendable {
    package var certificatePath: String
    package var keyPath: String

    package init(certificatePath: String, keyPath: String) {
        self.certificatePath = certificatePath
        self.keyPath = keyPath
    }

    package struct Failure: Error, Hashable, CustomStringConvertible {
        package var description: String

        package init(description: String) {
            self.description = description
        }
    }

    /// What was in the files.
    package struct Loaded: Sendable {
        package var files: CertificateFiles
        package var certificate: ServerCertificate
        /// The files' attributes before they were read.
        var stamps: [Stamp]
    }

    /// The attributes of a file that change when it is replaced.
    struct Stamp: Equatable {
        var modified: Date
        var inode: UInt64
        var length: UInt64
    }

    /// - Throws: ``Failure`` that names the file.
    package func load() throws(Failure) -> Loaded {
        for (what, path) in [("certificate", certificatePath), ("key", keyPath)] {
            guard let obstacle = SystemError.obstacle(to: .reading, path) else { continue }
            throw Failure(description: "the \(what) “\(path)” cannot be read: \(obstacle)")
        }
        let stamps: [Stamp]
        let chain: [NIOSSLCertificate]
        let key: NIOSSLPrivateKey
        do {
            stamps = try self.stamps()
            chain = try NIOSSLCertificate.fromPEMFile(certificatePath)
        } catch {
            throw Failure(
                description: "the certificate “\(certificatePath)” cannot be read: \(Self.reason(error, "certificate"))")
        }
        do {
            key = try NIOSSLPrivateKey(file: keyPath, format: .pem)
        } catch {
            throw Failure(
                description: "the key “\(keyPath)” cannot be read: \(Self.reason(error, "private key without a passphrase"))")
        }
        do {
            return Loaded(files: self, certificate: try ServerCertificate(chain: chain, key: key), stamps: stamps)
        } catch {
            let reason =
                switch error {
                case .otherKey: "the key is not that of the first certificate"
                case .unusable(let reason): reason
                }
            throw Failure(description: "“\(certificatePath)” and “\(keyPath)” do not match: \(reason)")
        }
    }

    func stamps() throws -> [Stamp] {
        try [certificatePath, keyPath].map { path in
            let attributes = try FileManager.default.attributesOfItem(atPath: FilePath.resolved(path))
            return Stamp(
                modified: attributes[.modificationDate] as? Date ?? .distantPast,
                inode: (attributes[.systemFileNumber] as? NSNumber)?.uint64Value ?? 0,
                length: (attributes[.size] as? NSNumber)?.uint64Value ?? 0)
        }
    }

    /// - Parameter content: what should be in the file.
    private static func reason(_ error: any Error, _ content: String) -> String {
        switch error as? NIOSSLError {
        case .failedToLoadCertificate, .failedToLoadPrivateKey: "it contains no \(content) in PEM"
        default: SocketProblem.known(error) ?? SystemError.text(error)
        }
    }
}
