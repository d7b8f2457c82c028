package import Foundation

/// A certificate and its key in files, made with openssl as an operator would make them.
package enum SelfSignedCertificate {
    package struct Failure: Error {}

    package static func make(
        named name: String, certificate: String = "tls.crt", key: String = "tls.key", in folder: URL
    ) async throws {
        try await onThread { () throws in
            let openssl = try ChildProcess(
                "/usr/bin/openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "2",
                    "-subj", "/CN=\(name)", "-addext", "subjectAltName=DNS:\(name)", "-out", certificate, "-keyout", key,
                ], in: folder)
            guard openssl.waitForExit() == 0 else { throw Failure() }
        }
    }
}
