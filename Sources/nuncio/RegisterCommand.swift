import ArgumentParser
import DelegateAPI

struct RegisterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "register",
        abstract: "Enrol a delegate and print its credential, which is shown this once.",
        discussion: """
            EXAMPLE:
              nuncio register --server https://auth.example.net \\
                  --domain example.com > credential.json
              nuncio register --domain example.com --format lego \\
                  --allow-from 192.0.2.0/24 > lego.json

            The credential goes to standard output, the CNAME line to create to standard error.
            """)

    @Option(help: "The server's URL, with or without /api/v1/acme-dns-compat.")
    var server = "http://127.0.0.1:8080"

    @Option(help: "The domain for which certificates are wanted.")
    var domain: String?

    @Option(help: "A network from which alone the credential may be used, in CIDR notation; may be given several times.")
    var allowFrom: [String] = []

    @Option(help: "How to print the credential.")
    var format = CredentialFormat.json

    mutating func validate() throws {
        guard let given = domain else { return }
        let name = Self.normalized(given)
        guard name.utf8.count <= 253,
            name.wholeMatch(of: /([a-z0-9_]([a-z0-9_\-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_\-]{0,61}[a-z0-9_])?/) != nil
        else {
            throw ValidationError(
                "“\(given)” is not a domain like example.com (without “*.”; internationalised names in their xn-- form)")
        }
        domain = name
    }

    /// How clients look a domain up: in lower case and without a final dot.
    static func normalized(_ domain: String) -> String {
        (domain.hasSuffix(".") ? String(domain.dropLast()) : domain).lowercased()
    }

    func run() async throws {
        do {
            let credential = try await APIClient(server: server).register(RegisterRequest(allowfrom: allowFrom))
            print(format.text(of: credential, domain: domain ?? Self.placeholder, server: server))
            printToStandardError(format.advice(server: server))
            printToStandardError("Create this record in the zone of \(domain ?? "your domain"):")
            printToStandardError("    _acme-challenge.\(domain ?? Self.placeholder). CNAME \(credential.fulldomain).")
            if domain == nil {
                printToStandardError("Put your domain in the place of \(Self.placeholder), or give it with --domain.")
            }
        } catch {
            throw error.reported()
        }
    }

    private static let placeholder = "example.com"
}
