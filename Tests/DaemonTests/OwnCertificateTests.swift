import DelegateAPI
import Foundation
import TestSupport
import Testing

/// The certificate that the server obtains, as far as no authority is needed: Interop/own_certificate.py has one.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct OwnCertificateTests {
    private func write(_ settings: String = "", acme: String = "acme: {accept-terms: true", in folder: URL) throws {
        try NuncioProcess.writeConfiguration(in: folder) { text in
            text = text.replacing(
                "webserver:\n",
                with: "webserver:\n  public-url: \"https://auth.example.net\"\n  tls: {mode: acme}\n\(settings)")
            // Nobody listens there.
            text += "dnssec: {resolvers: []}\n\(acme), directory: \"https://127.0.0.1:1/directory\"}\n"
        }
    }

    @Test func `without a certificate the port is open, and the API and readyz say what is missing`() async throws {
        try await withTemporaryFolder { folder async throws in
            try write(in: folder)
            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            let ports = try await server.waitUntilReady()
            try await server.waitForError("no certificate obtained")
            let said = try await OpenSSL.handshake(port: ports.http, ["-servername", "auth.example.net"])
            #expect(said.contains("no certificate yet"))
            let status = try await NuncioProcess.run(
                ["certificate", "status", "--config", "nuncio.yaml", "--json"], in: folder)
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            let response = try decoder.decode(CertificateResponse.self, from: Data(status.out.utf8))
            #expect(status.exitCode == 5 && response.state == .failed && response.names == ["auth.example.net"])
            #expect(response.lastProblem?.contains("cannot be reached") == true && response.nextAttempt != nil)
            #expect(response.challenges.map(\.name) == ["_acme-challenge.auth.example.net"])
            let cname = try #require(response.challenges.first?.cname)
            let check = try await NuncioProcess.run(["config", "check", "--config", "nuncio.yaml"], in: folder)
            #expect(check.out.contains("_acme-challenge.auth.example.net. 3600 IN CNAME \(cname)."))
            for action in ["delete", "disable"] {
                let refused = try await NuncioProcess.run(
                    ["delegates", action, cname, "--config", "nuncio.yaml"] + (action == "delete" ? ["--yes"] : []), in: folder)
                #expect(refused.exitCode == 5 && refused.error.contains("the server’s own certificate"), "\(refused)")
            }
            server.signal(SIGTERM)
            #expect(try await server.waitForExit() == 0)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/nuncio.db.certificate")
            #expect(names.contains("renewal.json"), "\(names)")
        }
    }

    @Test func `a certificate for the operator's door alone is nothing that the API waits for`() async throws {
        try await withTemporaryFolder { folder async throws in
            let token = folder.appending(path: "token")
            try Data(String(repeating: "t", count: 44).utf8).write(to: token)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: token.path)
            try NuncioProcess.writeConfiguration(in: folder) { text in
                text += """
                    operator: {listen: ["127.0.0.1:0"], token-file: token, tls: {mode: acme}}
                    acme: {names: ["auth.example.net"], directory: "https://127.0.0.1:1/directory"}
                    dnssec: {resolvers: []}

                    """
            }
            let server = try NuncioProcess(["serve", "--config", "nuncio.yaml"], in: folder)
            let ports = try await server.waitUntilReady()
            #expect(try await API(port: ports.http).health() == 200)
        }
    }

    @Test func `a key of an external account that is none stops the start with its file`() async throws {
        try await withTemporaryFolder { folder async throws in
            try Data("no base64url!".utf8).write(to: folder.appending(path: "eab"))
            try write(acme: "acme: {external-account: {key-id: a, key-file: eab}", in: folder)
            let result = try await NuncioProcess.run(["serve", "--config", "nuncio.yaml"], in: folder)
            #expect(result.exitCode == 2 && result.error.contains("“eab” is not a key in base64url"), "\(result)")
        }
    }

    @Test func `a name inside the zone has its record there`() async throws {
        try await withTemporaryFolder { folder async throws in
            try write(acme: "acme: {names: [\"auth.delegates.example.net\"]", in: folder)
            let check = try await NuncioProcess.run(["config", "check", "--config", "nuncio.yaml"], in: folder)
            #expect(check.exitCode == 0 && !check.out.contains("CNAME"))
            #expect(check.error.contains("“acme.accept-terms” is not true"))
            let records = try await NuncioProcess.run(["config", "records", "--config", "nuncio.yaml"], in: folder)
            #expect(
                records.out.contains(/_acme-challenge\.auth\.delegates\.example\.net\.\s+3600\s+IN\s+CNAME\s+[0-9a-f-]{36}/))
        }
    }

    @Test(arguments: [
        ("acme: {names: [\"*.example.net\"]", "“acme.names”"),
        ("acme: {directory: \"http://ca.example/\"", "“acme.directory” must"),
        ("acme: {contact: \"hostmaster@example.net\"", "“acme.contact” must be like mailto:"),
        ("acme: {external-account: {key-id: \"a\"}", "“acme.external-account.key-file” is missing"),
    ])
    func `what cannot be is told with the key`(acme: String, problem: String) async throws {
        try await withTemporaryFolder { folder async throws in
            try NuncioProcess.writeConfiguration(in: folder) { text in
                text = text.replacing(
                    "webserver:\n", with: "webserver:\n  public-url: \"https://auth.example.net\"\n  tls: {mode: acme}\n")
                text += acme + "}\n"
            }
            let result = try await NuncioProcess.run(["config", "check", "--config", "nuncio.yaml"], in: folder)
            #expect(result.exitCode == 2 && result.error.contains(problem), "\(result)")
        }
    }
}
