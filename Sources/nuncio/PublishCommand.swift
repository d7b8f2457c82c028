import ArgumentParser
import DelegateAPI

struct PublishCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Publish a challenge value at a delegate.",
        discussion: """
            EXAMPLE:
              nuncio publish ___validation_token_received_from_the_ca___ \\
                  --credentials credential.json

            Exit code 0 means that the value is durable and served in the DNS. It is served for an hour, and longer while it \
            is one of the delegate's last two. HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY are honoured.
            """)

    @Argument(help: "43 characters of A-Z, a-z, 0-9, - and _: what the certificate authority wants to see.")
    var value: String

    @Option(help: "A file with what “nuncio register” printed, in any of its formats.")
    var credentials: String

    @Option(help: "Which credential to use from a file with several.", transform: CertificateDomain.name)
    var domain: String?

    @Option(help: "The server's URL. Default: the one in the file.")
    var server: String?

    @Flag(help: "Print the server's JSON answer.")
    var json = false

    /// Moves a value that begins with a dash, as one in 64 does, to the end, after “--”: it would be taken for options.
    static func protectingValue(in arguments: [String]) -> [String] {
        guard arguments.first == configuration.commandName, !arguments.contains("--"),
            let place = arguments.firstIndex(where: { $0.hasPrefix("-") && (isValue($0) || isNoOption($0)) })
        else { return arguments }
        var arguments = arguments
        let value = arguments.remove(at: place)
        return arguments + ["--", value]
    }

    /// Whether this is a value of the wrong length, whose letters would be taken for options: this command’s are all long, but for
    /// help.
    private static func isNoOption(_ text: String) -> Bool {
        !text.hasPrefix("--") && text != "-h"
    }

    private static func isValue(_ text: String) -> Bool {
        text.utf8.count == 43
            && text.utf8.allSatisfy {
                0x30...0x39 ~= $0 || 0x41...0x5A ~= $0 || 0x61...0x7A ~= $0
                    || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
            }
    }

    func run() async throws {
        do {
            let credential = try CredentialFile(path: credentials, domain: domain)
            let client = try APIClient(server: credential.serverURL(option: server, path: credentials))
            let answer = try await client.update(
                UpdateRequest(subdomain: credential.subdomain, txt: value), username: credential.username,
                password: credential.password)
            if json { try printToStandardOutput(answer.json) } else { printToStandardError("Published.") }
        } catch {
            throw error.reported()
        }
    }
}
