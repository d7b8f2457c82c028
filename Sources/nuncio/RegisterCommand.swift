import ArgumentParser
import DelegateAPI

struct RegisterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "register",
        abstract: "Enrol a delegate and print its credential, which is shown this once.",
        discussion: """
            EXAMPLE:
              nuncio register --server https://auth.example.net --domain example.com > credential.json
              nuncio register --domain example.com --format lego --allow-from 192.0.2.0/24 > lego.json

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

    func validate() throws {
        guard let domain else { return }
        // It is printed inside JSON and as a name: it must be one that a certificate can have.
        let isName = domain.utf8.allSatisfy {
            0x30...0x39 ~= $0 || 0x41...0x5A ~= $0 || 0x61...0x7A ~= $0 || [UInt8(ascii: "."), UInt8(ascii: "-")].contains($0)
        }
        guard isName, !domain.isEmpty, domain.utf8.count <= 253 else {
            throw ValidationError(
                "“\(domain)” is not a domain like example.com (without “*.”; internationalised names in their xn-- form)")
        }
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
