import ArgumentParser
import DelegateAPI

struct PublishCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Publish a challenge value at a delegate.",
        discussion: """
            EXAMPLE:
              nuncio publish ___validation_token_received_from_the_ca___ --credentials credential.json

            When it returns with exit code 0, the value is durable and answered in the DNS. It is served for an hour, and \
            longer while it is one of the delegate's last two.
            """)

    @Argument(help: "43 characters of A-Z, a-z, 0-9, - and _: what the certificate authority wants to see.")
    var value: String

    @Option(help: "A file with what “nuncio register” printed, in any of its formats.")
    var credentials: String

    @Option(help: "Which credential to take from a file of several.")
    var domain: String?

    @Option(help: "The server's URL. Default: the one in the file, or else http://127.0.0.1:8080.")
    var server: String?

    @Flag(help: "Print the server's JSON answer.")
    var json = false

    func run() async throws {
        do {
            let credential = try CredentialFile(path: credentials, domain: domain)
            let client = try APIClient(server: server ?? credential.server ?? "http://127.0.0.1:8080")
            let answer = try await client.update(
                UpdateRequest(subdomain: credential.subdomain, txt: value), username: credential.username,
                password: credential.password)
            if json { print(answer.json) } else { printToStandardError("Published.") }
        } catch {
            throw error.reported()
        }
    }
}
