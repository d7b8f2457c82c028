import ArgumentParser
import DelegateAPI

struct TokensCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokens",
        abstract: "Show and manage registration tokens, with which delegates can be enrolled over the API.",
        discussion: """
            EXAMPLE:
              nuncio tokens create team-web --config nuncio.yaml --quota 20 --expires 90d
              nuncio tokens list --config nuncio.yaml

            They are needed if registration.mode is “token”.
            """,
        subcommands: [List.self, Create.self, Revoke.self])
}

extension TokensCommand {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List registration tokens, without their texts.",
            discussion: """
                EXAMPLE:
                  nuncio tokens list --config nuncio.yaml
                """)

        @OptionGroup var options: OperatorOptions
        @Flag(help: "Print one JSON object.")
        var json = false

        func run() async throws {
            try await OperatorClient.with(options) { client in
                let answer: TokenListResponse = try await client.get(["tokens"])
                if json { return try printToStandardOutput(JSONLine.text(answer)) }
                var table = TextTable("TOKEN", "STATE", "USED", "QUOTA", "CREATED", "EXPIRES")
                for token in answer.tokens {
                    table.add([
                        token.label, token.state, "\(token.used)", token.quota.map { "\($0)" } ?? "none", token.created,
                        token.expires ?? "never",
                    ])
                }
                try printToStandardOutput(table.lines.joined(separator: "\n"))
            }
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a registration token, and print it; it is shown only once.",
            discussion: """
                EXAMPLE:
                  nuncio tokens create team-web --config nuncio.yaml --quota 20 --expires 90d

                Clients that know nothing of tokens use the printed URL as the server's, or the token as HTTP Basic in front \
                of the host: https://any:TOKEN@host. Others send it in the header X-Registration-Token.
                """)

        @Argument(help: "What to call it: a to z, 0 to 9, “.”, “_” and “-”. No other token ever gets that label.")
        var label: String
        @OptionGroup var options: OperatorOptions
        @Option(help: "How many delegates it may enrol. Default: no limit.")
        var quota: Int?
        @Option(help: "When it expires: 90d, 12h, 2027-01-31, or 2027-01-31T12:00:00Z. Default: never.")
        var expires: ExpiryArgument?
        @OptionGroup var output: CredentialOutput
        @Flag(help: "Print it as one JSON object: label, token, url.")
        var json = false

        func run() async throws {
            try await OperatorClient.with(options) { client in
                let place = try output.place(besides: options.readFiles)
                let answer: NewTokenResponse = try await client.send(
                    .post, ["tokens"], body: NewTokenRequest(label: label, quota: quota, expires: expires?.text))
                try place.keep(
                    json ? try JSONLine.text(answer) : answer.token,
                    another: "Revoke the token with “nuncio tokens revoke \(label)”, and make one with another label.")
                guard !json else { return }
                printToStandardError("The server’s URL for clients that know nothing of tokens:")
                // The token in a file is shown nowhere else.
                let url = place.isFile ? answer.url.replacing(answer.token, with: "TOKEN") : answer.url
                printToStandardError("    \(url)")
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke a registration token. Delegates that were enrolled with it stay.",
            discussion: """
                EXAMPLE:
                  nuncio tokens revoke team-web --config nuncio.yaml
                """)

        @Argument(help: "The token's label.")
        var label: String
        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await OperatorClient.with(options) { client in
                try await client.send(.delete, ["tokens", label])
                printToStandardError("The token \(label) is no longer valid.")
            }
        }
    }
}
