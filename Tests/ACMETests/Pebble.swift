import Foundation
import Glibc
import SwiftASN1
import TestSupport
import Testing
import X509

@testable import ACME

/// Pebble, a real authority for tests, as a child process. Each run has roots and a certificate of its own.
final class Pebble {
    static let program = "/usr/bin/pebble"
    static var isInstalled: Bool { access(program, X_OK) == 0 }

    let process: ChildProcess
    let directory: AuthorityURL
    /// The path of the root that its HTTPS has.
    let roots: String

    /// - Parameters:
    ///   - environment: Beside `PEBBLE_VA_NOSLEEP`.
    ///   - settings: Beside the addresses and the certificate.
    private init(in folder: URL, resolver: ChallengeResolver, environment: [String: String], settings: [String: Any]) throws {
        let ports = try (0..<2).map { _ in
            let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(socket) }
            return try bindToLoopback(socket)
        }
        let files = try Self.makeCertificate(in: folder)
        var configuration: [String: Any] = [
            "listenAddress": "127.0.0.1:\(ports[0])", "managementListenAddress": "127.0.0.1:\(ports[1])",
            "certificate": files.certificate.path, "privateKey": files.key.path, "httpPort": 1, "tlsPort": 1,
        ]
        configuration.merge(settings) { $1 }
        let file = folder.appending(path: "pebble.json")
        try JSONSerialization.data(withJSONObject: ["pebble": configuration]).write(to: file)
        process = try ChildProcess(
            Self.program, ["-config", file.path, "-dnsserver", "127.0.0.1:\(resolver.port)"], in: folder,
            environment: environment.merging(["PEBBLE_VA_NOSLEEP": "1"]) { old, _ in old },
            output: folder.appending(path: "pebble.out"), error: folder.appending(path: "pebble.err"))
        directory = try #require(AuthorityURL("https://127.0.0.1:\(ports[0])/dir"))
        roots = files.root.path
    }

    static func with(
        _ environment: [String: String] = [:], settings: [String: Any] = [:],
        _ body: (Pebble, HTTPTransport, ChallengeResolver, URL) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let resolver = try ChallengeResolver()
            let pebble = try Pebble(in: folder, resolver: resolver, environment: environment, settings: settings)
            let transport = try HTTPTransport(roots: pebble.roots, userAgent: "nuncio-tests/1")
            do {
                try await waitUntil("Pebble answers") {
                    try #require(pebble.process.isRunning, "Pebble ended")
                    return (try? await AuthorityClient.connect(to: pebble.directory, through: transport)) != nil
                }
                try await body(pebble, transport, resolver, folder)
            } catch {
                await transport.shutdown()
                throw error
            }
            await transport.shutdown()
        }
    }

    private static func makeCertificate(in folder: URL) throws -> (certificate: URL, key: URL, root: URL) {
        let root = try StandInIssuer(name: "Root of Pebble's HTTPS")
        let key = SignatureKey()
        let certificate = try root.certificate(
            for: Certificate.PrivateKey(key.key).publicKey,
            names: [.ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1]))], from: Date() - 3600, for: 86_400)
        let files = (
            certificate: folder.appending(path: "pebble.pem"), key: folder.appending(path: "pebble.key"),
            root: folder.appending(path: "root.pem")
        )
        try Data(certificate.serializeAsPEM().pemString.utf8).write(to: files.certificate)
        try Data(key.pem.utf8).write(to: files.key)
        try Data(root.certificate.serializeAsPEM().pemString.utf8).write(to: files.root)
        return files
    }
}
