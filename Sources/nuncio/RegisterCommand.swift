import ArgumentParser
import DelegateAPI

struct RegisterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "register",
        abstract: "Enrol a delegate and get its credential, which is shown only once.",
        discussion: """
            EXAMPLE:
              nuncio register --server https://auth.example.net \\
                  --domain example.com --output credential.json
              nuncio register --domain example.com --format lego \\
                  --allow-from 192.0.2.0/24 --output lego.json
              nuncio register --domain example.com --domain www.example.com \\
                  --output credential.json

            The server learns what --domain says the delegate is for: “nuncio domains --credentials” shows and changes that. The credential goes into the file of --output, or to standard output; the CNAME line to create goes to standard error. \
            HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY are honoured.
            """)

    @Option(help: "The server's URL, with or without /api/v1/acme-dns-compat.")
    var server = "http://127.0.0.1:8080"

    @Option(
        help: "A domain that needs certificates; may be given several times, at most 100 times.",
        transform: CertificateDomain.name)
    var domain: [String] = []

    @Option(help: "Allow the credential only from this network, in CIDR notation; may be given several times.")
    var allowFrom: [String] = []

    @Option(help: "The format of the credential.")
    var format = CredentialFormat.json

    @OptionGroup var output: CredentialOutput

    func run() async throws {
        do {
            let url = try ServerURL(server)
            let domains = domain.isEmpty ? [Self.exampleDomain] : domain
            let place = try output.place(besides: [])
            let credential = try await APIClient(server: url).register(
                RegisterRequest(allowfrom: allowFrom, domains: domain.isEmpty ? nil : domain))
            try place.keep(
                format.text(of: credential, domains: domains, server: url.base),
                another: "Register again: this enrols another delegate, and \(credential.fulldomain) stays unused.")
            printToStandardError(format.advice(server: url.base, file: place.path))
            printToStandardError(
                domain.count > 1
                    ? "Create these records in the zones of your domains:"
                    : "Create this record in the zone of \(domain.first ?? "your domain"):")
            for name in domains { printToStandardError("    _acme-challenge.\(name). CNAME \(credential.fulldomain).") }
            if domain.isEmpty {
                printToStandardError("Replace \(Self.exampleDomain) with your domain, or give it with --domain.")
            }
        } catch {
            throw error.reported()
        }
    }

    private static let exampleDomain = "example.com"
}
