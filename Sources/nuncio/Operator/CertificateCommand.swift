import ArgumentParser
import DelegateAPI

struct CertificateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificate",
        abstract: "Show, renew or revoke the certificate that the server obtains for itself.",
        discussion: """
            EXAMPLE:
              nuncio certificate status --config nuncio.yaml
              nuncio certificate renew --config nuncio.yaml

            With “webserver.tls.mode: acme” the server obtains and renews it by itself.
            """,
        subcommands: [Status.self, Renew.self, Revoke.self])
}

extension CertificateCommand {
    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show how the certificate stands, and which CNAME records it needs.",
            discussion: """
                EXAMPLE:
                  nuncio certificate status --config nuncio.yaml

                Exit code 0 if there is a valid certificate and the last attempt has not failed, 5 otherwise or if the server \
                obtains none, 6 if there is no server.
                """)

        @OptionGroup var options: OperatorOptions
        @Flag(help: "Print one JSON object.")
        var json = false

        func run() async throws {
            try await OperatorClient.with(options) { client in
                try (try await client.get(["certificate"]) as CertificateResponse).tell(asJSON: json)
            }
        }
    }

    struct Renew: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Obtain a new certificate now, whatever the old one’s age.",
            discussion: """
                EXAMPLE:
                  nuncio certificate renew --config nuncio.yaml

                Waits until the attempt has succeeded or failed, 4 minutes at most. Authorities limit the number of certificates for the same \
                names: Let’s Encrypt gives 5 a week. Exit codes as of “nuncio certificate status”.
                """)

        @OptionGroup var options: OperatorOptions
        @Flag(help: "Print one JSON object.")
        var json = false

        func run() async throws {
            try await OperatorClient.with(options) { client in
                try (try await client.send(.post, ["certificate", "renew"], body: nil) as CertificateResponse).tell(
                    asJSON: json)
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke the certificate, because its key may be known to others, and obtain another one.",
            discussion: """
                EXAMPLE:
                  nuncio certificate revoke --config nuncio.yaml

                The new certificate has a new key. Until it is there, the old one is shown. Exit codes as of “nuncio \
                certificate status”.
                """)

        @OptionGroup var options: OperatorOptions
        @Flag(help: "Print one JSON object.")
        var json = false

        func run() async throws {
            try await OperatorClient.with(options) { client in
                try (try await client.send(.post, ["certificate", "revoke"], body: nil) as CertificateResponse).tell(
                    asJSON: json)
            }
        }
    }
}

extension CertificateResponse {
    /// Prints it.
    ///
    /// - Throws: the exit code if something is wrong.
    fileprivate func tell(asJSON: Bool) throws {
        try printToStandardOutput(asJSON ? JSONLine.text(self) : lines.joined(separator: "\n"))
        guard state == .valid else { throw ExitCode.refused }
    }

    /// The response for people.
    private var lines: [String] {
        var lines = ["\(names.joined(separator: ", ")): \(sentence)"]
        if let notAfter { lines.append("  expires: \(notAfter)") }
        if let nextAttempt { lines.append("  next attempt: \(nextAttempt)") }
        if let lastProblem { lines.append("  PROBLEM: \(lastProblem)") }
        for challenge in challenges {
            let presence = challenge.present.map { $0 ? "there" : "resolvers do not see it" } ?? "not known to be there"
            lines.append("  \(challenge.name). CNAME \(challenge.cname).  (\(presence))")
        }
        return lines
    }

    private var sentence: String {
        switch state {
        case .valid: "valid"
        case .pending: "not there yet"
        case .failed: notAfter == nil ? "not there, and the last attempt failed" : "the last attempt to renew it failed"
        }
    }
}
