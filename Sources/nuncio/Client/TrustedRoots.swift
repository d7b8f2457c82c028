import AsyncHTTPClient
import Foundation
import NIOSSL
import Sockets
import SystemErrors

/// The roots that the commands trust as clients of an `https://` URL: the system's, or those of the file that `SSL_CERT_FILE` names, as
/// with OpenSSL, Go and curl.
enum TrustedRoots {
    static let variable = "SSL_CERT_FILE"

    /// - Throws: ``Failure`` if the file cannot be used.
    static func apply(
        to configuration: inout HTTPClient.Configuration, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(Failure) {
        guard let path = environment[variable], !path.isEmpty else { return }
        if let obstacle = SystemError.obstacle(to: .reading, path) {
            throw Failure(message: "\(variable) names “\(path)”, which cannot be read: \(obstacle)", exitCode: .refused)
        }
        do {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(path))
            configuration.tlsConfiguration = tls
        } catch {
            throw Failure(
                message: "\(variable) names “\(path)”, which has no certificate in PEM: give a file of trusted roots",
                exitCode: .refused)
        }
    }

    /// Why no server can be trusted, and what to do; `nil` if there are roots.
    static func absence(
        environment: [String: String] = ProcessInfo.processInfo.environment, systemRoots: SystemRoots = SystemRoots()
    ) -> String? {
        guard environment[variable, default: ""].isEmpty, !systemRoots.areThere else { return nil }
        return SystemRoots.absence(setting: variable)
    }
}
