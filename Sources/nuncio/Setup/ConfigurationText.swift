import DNS
import Delegates
import Sockets

/// The text of the configuration file: each chosen value, with a comment for the people that will edit it.
struct ConfigurationText {
    private let answers: SetupAnswers

    init(_ answers: SetupAnswers) {
        self.answers = answers
    }

    var text: String {
        """
        # The configuration of Nuncio, as “nuncio setup” wrote it. All keys: docs/configuration.md.
        # After a change: “nuncio config check”, then “nuncio reload”, or a restart where the reload asks for one.

        # The zone in which delegates are enrolled. It has nothing else in it.
        zones: \(list([answers.zone.withoutFinalDot]))

        # The NS records of the zone. The parent zone must have the same: “nuncio setup” says whether it has.
        nameservers: \(list([answers.nameserver.withoutFinalDot]))

        # The mail address in the SOA record.
        contact: \(quoted(answers.contact))
        \(records)
        nameserver:
          # The addresses of this machine on which DNS is answered, over UDP and TCP.
          listen: \(list(answers.dnsListen))

        \(webserver)

        registration:
          # The callers that may enrol delegates: closed (the operator alone), token (holders of a registration token), open (everybody).
          mode: \(quoted(answers.registration.rawValue))

        storage:
          sqlite:
            # The DNSSEC keys and the operator's socket are beside it.
            path: \(quoted(answers.storage))
        \(dnssec)
        metrics:
          # Metrics and /readyz. Everybody who reaches the address can read them.
          listen: ["127.0.0.1:9553"]

        """
    }

    private var webserver: String {
        switch answers.certificate {
        case .acme(let acceptsTerms): webserverWithCertificate(acceptsTerms: acceptsTerms)
        case .proxy: webserverBehindProxy
        }
    }

    /// The API with a certificate that the server obtains.
    private func webserverWithCertificate(acceptsTerms: Bool) -> String {
        """
        webserver:
          # The addresses of the API.
          listen: \(list(answers.httpListen))
          # The URL at which clients reach the API. The certificate is for its host.
          public-url: \(quoted(answers.publicURL))
          tls:
            # The server obtains its certificate itself.
            mode: "acme"

        acme:
          # Whether you agree to the authority's terms of service, https://letsencrypt.org/repository/. Without it, no certificate is obtained.
          accept-terms: \(acceptsTerms)
        """
    }

    /// The API behind a reverse proxy on the same machine, which has the certificate.
    private var webserverBehindProxy: String {
        """
        webserver:
          # Plain HTTP, for the reverse proxy that serves the public URL with TLS.
          listen: \(list(answers.httpListen))
          # The URL at which clients reach the API.
          public-url: \(quoted(answers.publicURL))
          # The proxies whose X-Forwarded-For is believed.
          trusted-proxies: ["127.0.0.1/32", "::1/128"]
        """
    }

    private var records: String {
        guard !answers.records.isEmpty else { return "" }
        let lines = answers.records.map { "  - \(quoted($0.description))\n" }.joined()
        return "\n# The addresses of names inside the zone.\nrecords:\n\(lines)"
    }

    private var dnssec: String {
        guard !answers.resolvers.isEmpty else { return "" }
        return """

            dnssec:
              # The resolvers that are asked what the parent zone has.
              resolvers: \(list(answers.resolvers))

            """
    }

    private func list(_ values: [some CustomStringConvertible]) -> String {
        "[" + values.map { quoted($0.description) }.joined(separator: ", ") + "]"
    }

    /// A double-quoted scalar of YAML (YAML 1.2 section 7.3.1).
    private func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"", "\\": "\\\(scalar)"
            case _ where scalar.value < 0x20 || 0x7F...0x9F ~= scalar.value:
                "\\x" + (scalar.value < 0x10 ? "0" : "") + String(scalar.value, radix: 16)
            default: String(scalar)
            }
        }
        return "\"" + escaped.joined() + "\""
    }
}
