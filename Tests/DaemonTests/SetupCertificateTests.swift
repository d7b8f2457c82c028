import DelegateAPI
import Foundation
import TestSupport
import Testing

@testable import nuncio

/// What `nuncio setup` says of the certificate that the server obtains.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct SetupCertificateTests {
    private func report(_ folder: URL) async throws -> (exitCode: Int, certificate: SetupWorld.Report.Check?) {
        let outcome = try await NuncioProcess.run(["setup", "--output", "nuncio.yaml", "--json"], in: folder)
        return (outcome.exitCode, try SetupWorld.report(outcome.out).checks.first { $0.check == "certificate" })
    }

    @Test func `a certificate that the running server lacks is missing, with the reason`() async throws {
        try await withTemporaryFolder { folder async throws in
            let port = try FreePort.find()
            let made = try await NuncioProcess.run(
                [
                    "setup", "--output", "nuncio.yaml", "--yes", "--zone", "delegates.example.net", "--address", "127.0.0.1",
                    "--dns-listen", "127.0.0.1:\(port)", "--http-listen", "127.0.0.1:0", "--storage", "nuncio.db",
                    "--certificate", "acme", "--accept-terms",
                ], in: folder)
            #expect(made.exitCode == 0, "\(made)")
            let stopped = try await report(folder)
            #expect(stopped.certificate?.state == "unknown" && stopped.certificate?.detail == "the server does not answer")

            // Nobody listens there.
            let server = try NuncioProcess(
                ["serve", "--config", "nuncio.yaml"], in: folder,
                environment: [
                    "NUNCIO_METRICS_LISTEN": "127.0.0.1:0", "NUNCIO_ACME_DIRECTORY": "https://127.0.0.1:1/directory",
                ])
            _ = try await server.waitUntilReady()
            try await server.waitForError("no certificate obtained")
            let failed = try await report(folder)
            let detail = failed.certificate?.detail ?? ""
            #expect(failed.exitCode == 8 && failed.certificate?.state == "missing", "\(failed)")
            #expect(failed.certificate?.name == "auth.example.net", "\(failed)")
            #expect(
                detail.hasPrefix("the last attempt failed: ") && detail.contains("; the server tries next at "), "\(detail)")
        }
    }

    @Test func `only a valid certificate is there`() {
        func state(_ state: CertificateResponse.State, until end: String? = nil) -> (SetupCheck.State, String?) {
            CertificateResponse(
                names: ["auth.example.net"], state: state, notAfter: end, nextAttempt: nil, lastProblem: "no", challenges: []
            ).setupState
        }
        #expect(state(.valid, until: "2027-01-01T00:00:00Z") == (.there, nil))
        #expect(state(.pending) == (.missing, "no attempt has been made; the server is trying now"))
        #expect(state(.failed) == (.missing, "the last attempt failed: no; the server is trying now"))
        let renewal = "the last attempt to renew it failed: no; the server is trying now"
        #expect(state(.failed, until: "2027-01-01T00:00:00Z") == (.wrong, renewal))
    }
}
