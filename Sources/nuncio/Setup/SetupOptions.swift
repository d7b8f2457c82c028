import ArgumentParser

/// The answers that the command line gives.
struct SetupOptions: ParsableArguments {
    @Option(help: "The zone of the delegates, like delegates.example.net. (zones)")
    var zone: String?

    @Option(help: "The name server's name. Default: ns1 in the zone. (nameservers)")
    var nameserver: String?

    @Option(
        name: .customLong("address"),
        help:
            "A public address of the name server; may be given several times. Default: this machine's, if it is public. (records)"
    )
    var addresses: [String] = []

    @Option(
        help:
            "The URL at which clients reach the API. Default: https://auth and the domain above the zone. (webserver.public-url)"
    )
    var publicURL: String?

    @Option(help: "closed, token or open. Default: closed. (registration.mode)")
    var registration: String?

    @Option(help: "The mail address in the SOA record. Default: hostmaster of the domain above the zone. (contact)")
    var contact: String?

    @Option(
        help: """
            Where to answer DNS; may be given several times. Default: port 53 of the machine's own addresses among --address, or of \
            those behind NAT. (nameserver.listen)
            """)
    var dnsListen: [String] = []

    @Option(
        help: """
            acme: the server obtains the certificate of the URL itself; proxy: a reverse proxy has it. Default: acme, or proxy with \
            --http-listen. (webserver.tls.mode)
            """)
    var certificate: String?

    @Flag(help: "Agree to the terms of service of Let’s Encrypt, https://letsencrypt.org/repository/. (acme.accept-terms)")
    var acceptTerms = false

    @Option(
        help: """
            Where to serve the API; may be given several times. Default: port 443 of the addresses for DNS, or 127.0.0.1:8080 for a \
            reverse proxy. (webserver.listen)
            """)
    var httpListen: [String] = []

    @Option(help: "The SQLite file. Default: /var/lib/nuncio/nuncio.db. (storage.sqlite.path)")
    var storage: String?

    @Option(
        name: .customLong("resolver"),
        help:
            "A resolver to ask about the zone, in place of those in /etc/resolv.conf; may be given several times. (dnssec.resolvers)"
    )
    var resolvers: [String] = []

    /// The given values, with the key of each option and the form in which a file would have them.
    var given: [(option: String, key: String, values: [String])] {
        [
            ("--zone", "zones", zone.map { [$0] } ?? []),
            ("--nameserver", "nameservers", nameserver.map { [$0] } ?? []),
            ("--public-url", "webserver.public-url", publicURL.map { [$0] } ?? []),
            ("--registration", "registration.mode", registration.map { [$0] } ?? []),
            ("--contact", "contact", contact.map { [$0] } ?? []),
            ("--dns-listen", "nameserver.listen", dnsListen),
            ("--http-listen", "webserver.listen", httpListen),
            ("--certificate", "webserver.tls.mode", certificate == "acme" ? ["acme"] : []),
            ("--storage", "storage.sqlite.path", storage.map { [$0] } ?? []),
            ("--resolver", "dnssec.resolvers", resolverEndpoints),
        ].filter { !$0.values.isEmpty }
    }

    /// The resolvers with port 53 where no port is given.
    var resolverEndpoints: [String] {
        resolvers.map { text in
            if text.filter({ $0 == ":" }).count > 1, !text.hasPrefix("[") { return "[\(text)]:53" }
            return text.contains("]:") || text.contains(":") && !text.hasSuffix("]") ? text : text + ":53"
        }
    }
}
