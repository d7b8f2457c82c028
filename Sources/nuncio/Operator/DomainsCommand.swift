import ArgumentParser
import DelegateAPI
import Delegates

struct DomainsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "domains",
        abstract: "Show and manage the domains that delegates are for.",
        discussion: """
            EXAMPLE:
              nuncio domains list --config nuncio.yaml --verdict error
              nuncio domains add example.com --delegate web1 --config nuncio.yaml
              nuncio domains add example.com --credentials credential.json

            Operators manage the domains of all delegates. With --credentials a holder manages those of its own, over the \
            server's public API. HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY are then honoured.

            A domain that was declared proves nothing: it is verified while its CNAME leads to the delegate.
            """,
        subcommands: [List.self, Add.self, Remove.self])

    enum Verdict: String, CaseIterable, ExpressibleByArgument {
        case ok, warning, error, unknown, unchecked
    }
}

extension DomainsCommand {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List domains, sorted by name.",
            discussion: """
                EXAMPLE:
                  nuncio domains list --config nuncio.yaml
                  nuncio domains list --config nuncio.yaml --delegate web1 --json
                  nuncio domains list --credentials credential.json

                With --credentials it lists the domains of the credential's delegate.
                """)

        @OptionGroup var options: OperatorOptions
        @OptionGroup var holder: HolderOptions
        @Option(help: "Only those with this verdict; unchecked are those that were never looked at.")
        var verdict: Verdict?
        @Option(help: "Only those of this delegate.")
        var delegate: String?
        @Flag(help: "Print one JSON object per line.")
        var json = false

        func validate() throws {
            try holder.check(besides: options, ["--verdict": verdict != nil, "--delegate": delegate != nil])
        }

        func run() async throws {
            var list = DomainList(json: json)
            if let credentials = holder.credentials {
                try await HolderClient.with(credentials: credentials, holder) { client in
                    for domain in try await client.domains() { try list.add(domain) }
                    try list.end()
                }
            } else {
                try await OperatorClient.with(options) { client in
                    try await client.domains(verdict: verdict?.rawValue, delegate: delegate) { try list.add($0) }
                    try list.end()
                }
            }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Declare that a delegate is for a domain, and print the record that the domain needs.",
            discussion: """
                EXAMPLE:
                  nuncio domains add example.com --delegate web1 --config nuncio.yaml
                  nuncio domains add example.com --credentials credential.json

                A delegate has at most 100 domains. A domain can be declared at several delegates; its CNAME leads to one of them.
                """)

        @Argument(help: "The domain, without “*.” and “_acme-challenge.”.", transform: CertificateDomain.name)
        var domain: String
        @OptionGroup var place: DelegateOptions

        func run() async throws {
            let declared: [DomainDescription]
            if let credentials = place.holder.credentials {
                declared = try await HolderClient.with(credentials: credentials, place.holder) { client in
                    try await client.add(domain)
                    return try await client.domains()
                }
            } else {
                let path = ["delegates", place.delegate ?? "", "domains"]
                declared = try await OperatorClient.with(place.options) { client in
                    try await client.send(.put, path + [domain])
                    let answer: DomainListResponse = try await client.get(path)
                    return answer.domains
                }
            }
            for added in declared where added.domain == domain { try printToStandardOutput(added.cname) }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a domain from a delegate: it is not looked at any more.",
            discussion: """
                EXAMPLE:
                  nuncio domains remove example.com --delegate web1 --config nuncio.yaml
                  nuncio domains remove example.com --credentials credential.json

                Certificates are issued as before: what a delegate is for decides about nothing.
                """)

        @Argument(help: "The domain.", transform: CertificateDomain.name)
        var domain: String
        @OptionGroup var place: DelegateOptions

        func run() async throws {
            let delegate: String
            if let credentials = place.holder.credentials {
                delegate = try await HolderClient.with(credentials: credentials, place.holder) { client in
                    try await client.remove(domain)
                    return client.delegate
                }
            } else {
                delegate = place.delegate ?? ""
                try await OperatorClient.with(place.options) { client in
                    try await client.send(.delete, ["delegates", delegate, "domains", domain])
                }
            }
            printToStandardError("\(domain) is removed from \(delegate).")
        }
    }

    /// The delegate: an operator names it, and a holder's credential is for one.
    struct DelegateOptions: ParsableArguments {
        @Option(help: "The delegate's name. With --credentials it is the credential's.")
        var delegate: String?
        @OptionGroup var options: OperatorOptions
        @OptionGroup var holder: HolderOptions

        func validate() throws {
            try holder.check(besides: options, ["--delegate": delegate != nil])
            guard delegate != nil || holder.credentials != nil else {
                throw ValidationError("say which delegate: --delegate NAME as an operator, --credentials FILE as its holder")
            }
        }
    }
}

/// Domains as they are printed: each as JSON at once, or all as a table.
private struct DomainList {
    let json: Bool
    private var table = TextTable("DOMAIN", "DELEGATE", "VERDICT", "VERIFIED", "CHECKED", "FINDINGS")
    private var count = 0

    init(json: Bool) { self.json = json }

    mutating func add(_ domain: DomainDescription) throws {
        count += 1
        guard !json else { return try printToStandardOutput(JSONLine.text(domain)) }
        table.add([
            domain.domain, domain.delegate, domain.verdict, domain.verified ? "yes" : "no", domain.checked ?? "never",
            domain.findings.map { "\($0.check) \($0.status)" }.joined(separator: ", "),
        ])
    }

    func end() throws {
        guard !json else { return }
        if count > 0 { try printToStandardOutput(table.lines.joined(separator: "\n")) }
        printToStandardError(count == 1 ? "1 domain." : "\(count) domains.")
    }
}

extension OperatorClient {
    /// Passes each declared domain to `body`, in their order.
    fileprivate func domains(
        verdict: String?, delegate: String?, _ body: (DomainDescription) throws -> Void
    ) async throws {
        var after: String?
        repeat {
            let page: DomainPageResponse = try await get(
                ["domains"], query: [("after", after), ("verdict", verdict), ("delegate", delegate)])
            for domain in page.domains { try body(domain) }
            after = page.next
        } while after != nil
    }
}
