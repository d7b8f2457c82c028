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

            The credential goes into the file of --output, or to standard output; the CNAME line to create goes to standard error. \
            HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY are honoured.
            """)

    @Option(help: "The server's URL, with or without /api/v1/acme-dns-compat.")
    var server = "http://127.0.0.1:8080"

    @Option(help: "The domain that needs certificates.", transform: CertificateDomain.name)
    var domain: String?

    @Option(help: "Allow the credential only from this network, in CIDR notation; may be given several times.")
    var allowFrom: [String] = []

    @Option(help: "The format of the credential.")
    var format = CredentialFormat.json

    @OptionGroup var output: CredentialOutput

    func run() async throws {
        do {
            let url = try ServerURL(server)
            let place = try output.place(besides: [])
            let credential = try await APIClient(server: url).register(RegisterRequest(allowfrom: allowFrom))
            try place.keep(
                format.text(of: credential, domain: domain ?? Self.exampleDomain, server: url.base),
                another: "Register again: this enrols another delegate, and \(credential.fulldomain) stays unused.")
            printToStandardError(format.advice(server: url.base, file: place.path))
            printToStandardError("Create this record in the zone of \(domain ?? "your domain"):")
            printToStandardError("    _acme-challenge.\(domain ?? Self.exampleDomain). CNAME \(credential.fulldomain).")
            if domain == nil {
                printToStandardError("Replace \(Self.exampleDomain) with your domain, or give it with --domain.")
            }
        } catch {
            throw error.reported()
        }
    }

    private static let exampleDomain = "example.com"
}
