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
                """)

        @OptionGroup var options: OperatorOptions
        @Option(help: "Only those with this verdict; unchecked are those that were never looked at.")
        var verdict: Verdict?
        @Option(help: "Only those of this delegate.")
        var delegate: String?
        @Flag(help: "Print one JSON object per line.")
        var json = false

        func run() async throws {
            try await OperatorClient.with(options) { client in
                var table = TextTable("DOMAIN", "DELEGATE", "VERDICT", "VERIFIED", "CHECKED", "FINDINGS")
                var count = 0
                try await client.domains(verdict: verdict?.rawValue, delegate: delegate) { domain in
                    count += 1
                    if json {
                        try printToStandardOutput(JSONLine.text(domain))
                    } else {
                        table.add([
                            domain.domain, domain.delegate, domain.verdict, domain.verified ? "yes" : "no",
                            domain.checked ?? "never",
                            domain.findings.map { "\($0.check) \($0.status)" }.joined(separator: ", "),
                        ])
                    }
                }
                if !json, count > 0 { try printToStandardOutput(table.lines.joined(separator: "\n")) }
                if !json { printToStandardError(count == 1 ? "1 domain." : "\(count) domains.") }
            }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Declare that a delegate is for a domain, and print the record that the domain needs.",
            discussion: """
                EXAMPLE:
                  nuncio domains add example.com --delegate web1 --config nuncio.yaml

                A delegate has at most 100 domains. A domain can be declared at several delegates; its CNAME leads to one of them.
                """)

        @Argument(help: "The domain, without “*.” and “_acme-challenge.”.", transform: CertificateDomain.name)
        var domain: String
        @Option(help: "The delegate's name.")
        var delegate: String
        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await OperatorClient.with(options) { client in
                try await client.send(.put, ["delegates", delegate, "domains", domain])
                let answer: DomainListResponse = try await client.get(["delegates", delegate, "domains"])
                for added in answer.domains where added.domain == domain { try printToStandardOutput(added.cname) }
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a domain from a delegate: it is not looked at any more.",
            discussion: """
                EXAMPLE:
                  nuncio domains remove example.com --delegate web1 --config nuncio.yaml

                Certificates are issued as before: what a delegate is for decides about nothing.
                """)

        @Argument(help: "The domain.", transform: CertificateDomain.name)
        var domain: String
        @Option(help: "The delegate's name.")
        var delegate: String
        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await OperatorClient.with(options) { client in
                try await client.send(.delete, ["delegates", delegate, "domains", domain])
                printToStandardError("\(domain) is removed from \(delegate).")
            }
        }
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
