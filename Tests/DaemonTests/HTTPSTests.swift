import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import TestSupport
import Testing

/// HTTPS at the API and at the operator's door, as a process with its own files.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct HTTPSTests {
    private struct Running {
        let server: NuncioProcess
        let folder: URL
        let https: UInt16
        let dns: UInt16
        let operators: UInt16

        /// The status of a response over a connection whose certificate is verified.
        func get(_ path: String, port: UInt16? = nil, with client: HTTPClient? = nil) async throws -> Int {
            guard let client else { return try await withClient { try await get(path, port: port, with: $0) } }
            let request = HTTPClientRequest(url: "https://auth.example.net:\(port ?? https)\(path)")
            let response = try await client.execute(request, timeout: .seconds(Int64(Patience.seconds)))
            _ = try await response.body.collect(upTo: 65_536)
            return Int(response.status.code)
        }

        /// A client that trusts the certificate as it is now.
        func withClient<Outcome>(_ body: (HTTPClient) async throws -> Outcome) async throws -> Outcome {
            var configuration = HTTPClient.Configuration()
            configuration.tlsConfiguration = .makeClientConfiguration()
            configuration.tlsConfiguration?.trustRoots = .certificates(
                try NIOSSLCertificate.fromPEMFile(folder.appending(path: "tls.crt").path))
            configuration.dnsOverride = ["auth.example.net": "127.0.0.1"]
            let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
            let outcome: Result<Outcome, any Error>
            do {
                outcome = .success(try await body(client))
            } catch {
                outcome = .failure(error)
            }
            try await client.shutdown()
            return try outcome.get()
        }
    }

    private static let tls = "mode: files\n    certificate: tls.crt\n    key: tls.key\n"

    private func withServer(_ body: (Running) async throws -> Void) async throws {
        try await withTemporaryFolder { folder async throws in
            try await SelfSignedCertificate.make(named: "auth.example.net", in: folder)
            let token = folder.appending(path: "token")
            try Data(String(repeating: "t", count: 44).utf8).write(to: token)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: token.path)
            try NuncioProcess.writeConfiguration(in: folder) { text in
                text = text.replacing(
                    "webserver:\n", with: "  tls: {listen: [\"127.0.0.1:0\"]}\nwebserver:\n  tls:\n    \(Self.tls)")
                text += "operator:\n  listen: [\"127.0.0.1:0\"]\n  token-file: token\n  tls:\n    \(Self.tls)"
            }
            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            let ports = try await server.waitUntilReady()
            func port(_ door: String) throws -> UInt16 {
                let pattern = try Regex("\(door)\\.addresses=127\\.0\\.0\\.1:(\\d+)", as: (Substring, Substring).self)
                return try #require(server.standardError.firstMatch(of: pattern).flatMap { UInt16($0.1) })
            }
            try await body(
                Running(
                    server: server, folder: folder, https: ports.http, dns: try port("dns\\.tls"),
                    operators: try port("operator")))
        }
    }

    @Test func `the API, the operator's API and DNS over TLS show the certificate, each with its protocol`() async throws {
        try await withServer { running async throws in
            #expect(try await running.get("/health") == 200)
            #expect(try await running.get("/v1/status", port: running.operators) == 401)
            for port in [running.https, running.operators] {
                #expect(
                    try await OpenSSL.handshake(port: port, ["-alpn", "h2,http/1.1"]).contains("ALPN protocol: http/1.1"))
                #expect(try await OpenSSL.handshake(port: port, ["-tls1_2"]).contains("ECDHE-ECDSA-AES128-GCM-SHA256"))
                #expect(
                    try await OpenSSL.handshake(port: port, ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"])
                        .contains("no peer certificate available"))
            }
            #expect(try await OpenSSL.handshake(port: running.dns, ["-alpn", "dot"]).contains("CN = auth.example.net"))
        }
    }

    @Test func `a kept connection goes on while the certificate is replaced, and new ones get the new one`() async throws {
        try await withServer { running async throws in
            try await running.withClient { kept async throws in
                #expect(try await running.get("/health", with: kept) == 200)
                try await SelfSignedCertificate.make(named: "auth.example.net", in: running.folder)
                try await waitUntil("the certificate is reloaded") {
                    // The connection is not idle for long enough to be closed.
                    let status = try await running.get("/health", with: kept)
                    return status == 200 && running.server.standardError.contains("] certificate reloaded")
                }
                try await waitUntil("a client that trusts the new certificate gets it") {
                    (try? await running.get("/health")) == 200
                }
                // This client would refuse the new certificate.
                #expect(try await running.get("/health", with: kept) == 200)
            }
        }
    }

    @Test func `octets that are no TLS end a connection, and honest clients go on`() async throws {
        try await withServer { running async throws in
            for octets in ["GET /health HTTP/1.1\r\nHost: x\r\n\r\n", String(repeating: "\u{16}", count: 20_000)] {
                try await onThread { () throws in
                    let connection = try TestClient(port: running.https).openTCP()
                    try connection.send(Array(octets.utf8))
                    // At most an alert comes.
                    let answer = try connection.receiveAll()
                    #expect(!answer.starts(with: Array("HTTP".utf8)))
                }
            }
            #expect(try await running.get("/health") == 200)
        }
    }

    @Test(arguments: [
        ("webserver:\n  tls: {mode: files, key: tls.key}\n", "“webserver.tls.certificate” is missing"),
        (
            "operator: {tls: {certificate: tls.crt}}\nwebserver:\n",
            "“operator.tls.certificate” has no effect unless “operator.tls.mode” is files"
        ),
        (
            "webserver:\n  public-url: \"http://auth.example.net\"\n  tls: {mode: files, certificate: c, key: k}\n",
            "“webserver.public-url” begins with http://"
        ),
    ])
    func `what cannot be is told with the key`(settings: String, problem: String) async throws {
        try await withTemporaryFolder { folder async throws in
            try NuncioProcess.writeConfiguration(in: folder) { $0 = $0.replacing("webserver:\n", with: settings) }
            let result = try await NuncioProcess.run(["config", "check", "--config", "nuncio.yaml"], in: folder)
            #expect(result.exitCode == 2 && result.error.contains(problem), "\(result)")
        }
    }
}
