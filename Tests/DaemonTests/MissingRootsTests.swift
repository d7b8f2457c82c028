import Foundation
import TestSupport
import Testing

/// Commands on a machine without any roots of certificate authorities, as a minimal Debian is.
@Suite(.timeLimit(.minutes(30)), .enabled("only root can hide the roots") { await SmallDisk.isPossible() })
struct MissingRootsTests {
    @Test func `a command names what is missing, and roots that are given suffice`() async throws {
        try await withTemporaryFolder { folder async throws in
            try await SelfSignedCertificate.make(named: "auth.example.net", in: folder)
            let wrapper = [
                "/usr/bin/unshare", "--mount", "/bin/sh", "-c", "mount -t tmpfs tmpfs /etc/ssl && exec \"$@\"", "sh",
            ]
            // Nobody listens there.
            let command = ["register", "--server", "https://127.0.0.1:1", "--domain", "example.com"]
            let missing = try await NuncioProcess.run(command, in: folder, wrapper: wrapper)
            #expect(
                missing.exitCode == 6
                    && missing.error.contains("install the package ca-certificates, or name a file of roots in SSL_CERT_FILE"),
                "\(missing)")
            let given = try await NuncioProcess.run(
                command, in: folder, environment: ["SSL_CERT_FILE": folder.path + "/tls.crt"], wrapper: wrapper)
            #expect(given.exitCode == 6 && given.error.contains("connection refused"), "\(given)")
        }
    }
}
