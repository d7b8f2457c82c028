import ArgumentParser
import DelegateAPI

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Show and manage the keys of a delegate or a group.",
        discussion: """
            EXAMPLE:
              nuncio keys list --delegate web1 --config nuncio.yaml
              nuncio keys create --delegate web1 --config nuncio.yaml \\
                  --label new --output web1.json
            """,
        subcommands: [List.self, Create.self, Edit.self, Delete.self, Rotate.self])
}

/// The owner of the keys.
struct KeyOwner: ParsableArguments {
    @Option(help: "The delegate's name.")
    var delegate: String?

    @Option(help: "The group's label.")
    var group: String?

    func validate() throws {
        guard (delegate == nil) != (group == nil) else { throw ValidationError("give either --delegate or --group") }
    }

    /// The part of the path before `keys`.
    var path: [String] { delegate.map { ["delegates", $0] } ?? ["groups", group ?? ""] }
}

extension KeysCommand {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List keys in the order in which they were made.",
            discussion: """
                EXAMPLE:
                  nuncio keys list --delegate web1 --config nuncio.yaml
                """)

        @OptionGroup var owner: KeyOwner
        @OptionGroup var options: OperatorOptions
        @Flag(help: "Print one JSON object.")
        var json = false

        func run() async throws {
            try await OperatorClient.with(options) { client in
                let answer: KeyListResponse = try await client.get(owner.path + ["keys"])
                try printToStandardOutput(json ? JSONLine.text(answer) : answer.keys.table.joined(separator: "\n"))
            }
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Make another key, and print it; it is shown only once. There are at most limits.keys at a time, 2 by default.",
            discussion: """
                EXAMPLE:
                  nuncio keys create --delegate web1 --config nuncio.yaml \\
                      --expires 90d --output web1.json
                  nuncio keys create --group mail --config nuncio.yaml \\
                      --format acme.sh --subdomain web1 --output mail.sh
                """)

        @OptionGroup var owner: KeyOwner
        @OptionGroup var member: MemberOptions
        @OptionGroup var options: OperatorOptions
        @OptionGroup var key: KeyOptions
        @OptionGroup var output: CredentialOptions

        func validate() throws { try member.check(owner, output) }

        func run() async throws {
            try await OperatorClient.with(options) { client in
                let place = try output.output.place(besides: options.readFiles)
                let name = try await member.name(in: owner, client)
                try output.show(
                    try await client.send(.post, owner.path + ["keys"], body: key.request), member: name, at: place)
            }
        }
    }

    struct Edit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change a key's label, allowed networks or expiry.",
            discussion: """
                EXAMPLE:
                  nuncio keys edit "$KEY" --delegate web1 --config nuncio.yaml \\
                      --allow-from 192.0.2.0/24
                """)

        @Argument(help: "The key's id: what clients send as X-Api-User.")
        var id: String
        @OptionGroup var owner: KeyOwner
        @OptionGroup var options: OperatorOptions
        @OptionGroup var key: KeyOptions
        @Flag(help: "Allow it from everywhere.")
        var allowFromEverywhere = false
        @Flag(help: "Let it never expire.")
        var neverExpires = false
        @Flag(help: "Print one JSON object.")
        var json = false

        func validate() throws {
            guard key.isGiven || allowFromEverywhere || neverExpires else { throw ValidationError("say what to change") }
            guard !allowFromEverywhere || key.allowFrom.isEmpty, !neverExpires || key.expires == nil else {
                throw ValidationError(
                    "--allow-from and --allow-from-everywhere, --expires and --never-expires exclude each other")
            }
        }

        func run() async throws {
            try await OperatorClient.with(options) { client in
                var request = key.request
                if allowFromEverywhere { request.allowfrom = [] }
                if neverExpires { request.expires = .some(nil) }
                let edited: KeyDescription = try await client.send(.patch, owner.path + ["keys", id], body: request)
                try printToStandardOutput(json ? JSONLine.text(edited) : [edited].table.joined(separator: "\n"))
            }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a key at once. The last valid one cannot be ended.",
            discussion: """
                EXAMPLE:
                  nuncio keys delete "$KEY" --delegate web1 --config nuncio.yaml
                """)

        @Argument(help: "The key's id: what clients send as X-Api-User.")
        var id: String
        @OptionGroup var owner: KeyOwner
        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await OperatorClient.with(options) { client in
                try await client.send(.delete, owner.path + ["keys", id])
                printToStandardError("The key is no longer valid.")
            }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replace all keys with a new one, and print it; it is shown only once.",
            discussion: """
                EXAMPLE:
                  nuncio keys rotate --group mail --config nuncio.yaml --output mail.json
                """)

        @OptionGroup var owner: KeyOwner
        @OptionGroup var member: MemberOptions
        @OptionGroup var options: OperatorOptions
        @OptionGroup var rotation: RotationOptions
        @OptionGroup var output: CredentialOptions

        func validate() throws { try member.check(owner, output) }

        func run() async throws {
            try await OperatorClient.with(options) { client in
                let place = try output.output.place(besides: options.readFiles)
                let name = try await member.name(in: owner, client)
                try output.show(
                    try await client.send(.post, owner.path + ["rotate"], body: rotation.request), member: name, at: place)
            }
        }
    }
}
