import ArgumentParser
import DelegateAPI
import Foundation

struct DelegatesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delegates",
        abstract: "Show and manage delegates.",
        discussion: """
            EXAMPLE:
              nuncio delegates list --config nuncio.yaml --state unused
              nuncio delegates create web1 --config nuncio.yaml --output web1.json

            A name is given in full, or as its first label if it is below the first zone.
            """,
        subcommands: [List.self, Show.self, Create.self, Disable.self, Enable.self, Delete.self, Rotate.self])

    enum State: String, CaseIterable, ExpressibleByArgument {
        case prepared, unused, active, disabled, deleted
    }
}

extension DelegatesCommand {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List delegates, sorted by name.",
            discussion: """
                EXAMPLE:
                  nuncio delegates list --config nuncio.yaml
                  nuncio delegates list --config nuncio.yaml --search web --json
                """)

        @OptionGroup var options: OperatorOptions
        @Option(help: "Only those in this state.")
        var state: State?
        @Option(help: "Only those with this in their name, or in the label of one of their keys.")
        var search: String?
        @Flag(help: "Print one JSON object per line.")
        var json = false

        func run() async throws {
            try await OperatorClient.with(options) { client in
                var table = TextTable("NAME", "STATE", "KEYS", "ENROLLED", "LAST USED")
                var count = 0
                try await client.delegates(state: state?.rawValue, text: search) { delegate in
                    count += 1
                    if json {
                        try printToStandardOutput(JSONLine.text(delegate))
                    } else {
                        table.add([
                            delegate.name, delegate.state, String(delegate.keys), delegate.enrolled,
                            delegate.lastUsed ?? "never",
                        ])
                    }
                }
                if !json, count > 0 { try printToStandardOutput(table.lines.joined(separator: "\n")) }
                if !json { printToStandardError(count == 1 ? "1 delegate." : "\(count) delegates.") }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a delegate with its keys.",
            discussion: """
                EXAMPLE:
                  nuncio delegates show web1 --config nuncio.yaml
                """)

        @Argument(help: "The delegate's name.")
        var name: String
        @OptionGroup var options: OperatorOptions
        @Flag(help: "Print one JSON object.")
        var json = false

        func run() async throws {
            try await OperatorClient.with(options) { client in
                let details: DelegateDetails = try await client.get(["delegates", name])
                if json { return try printToStandardOutput(JSONLine.text(details)) }
                let summary = details.summary
                try printToStandardOutput("name       \(summary.name)")
                try printToStandardOutput("state      \(summary.state)")
                try printToStandardOutput("enrolled   \(summary.enrolled)")
                for (title, time) in [("disabled ", summary.disabled), ("deleted  ", summary.deleted)] {
                    if let time { try printToStandardOutput("\(title)  \(time)") }
                }
                if let token = summary.preparedFor { try printToStandardOutput("prepared   for token \(token)") }
                if !details.domains.isEmpty {
                    try printToStandardOutput("domains    \(details.domains.map(\.text).joined(separator: ", "))")
                }
                if !details.groups.isEmpty { try printToStandardOutput("groups     \(details.groups.joined(separator: ", "))") }
                try printToStandardOutput(
                    "values     \(details.valueAgesSeconds.isEmpty ? "none" : details.valueAgesSeconds.ages)")
                if let asked = details.asked {
                    let networks = "\(asked.networks) network\(asked.networks == 1 ? "" : "s")"
                    try printToStandardOutput(
                        "asked      from \(asked.atLeast ? "at least " : "")\(networks) since the last publication")
                }
                if summary.deleted == nil { try printToStandardOutput("record     \(details.cname)") }
                if !details.keys.isEmpty { try printToStandardOutput(details.keys.table.joined(separator: "\n")) }
            }
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a delegate, and print its credential, which is shown only once.",
            discussion: """
                EXAMPLE:
                  nuncio delegates create web1 --config nuncio.yaml \\
                      --domain example.com --output web1.json
                  nuncio delegates create web2 --config nuncio.yaml --token terraform

                With --prepared there is no key yet: “nuncio delegates rotate” makes one. With --token, clients that register \
                with that registration token get the prepared delegates, the oldest first, and then random ones.
                """)

        @Argument(help: "Its name: letters, digits, “-” and “_”. Default: a random one.", transform: NameArgument.delegate)
        var name: String?
        @OptionGroup var options: OperatorOptions
        @OptionGroup var key: KeyOptions
        @OptionGroup var output: CredentialOptions
        @Flag(help: "Make no key.")
        var prepared = false
        @Option(help: "Make no key, and let a client with this registration token take the delegate over.")
        var token: String?

        func validate() throws {
            if prepared || token != nil, key.isGiven {
                throw ValidationError("a prepared delegate has no key: leave --label, --allow-from and --expires out")
            }
            if prepared || token != nil, output.output.file != nil {
                throw ValidationError("a prepared delegate has no credential: leave --output out")
            }
        }

        func run() async throws {
            try await OperatorClient.with(options) { client in
                let request = NewDelegateRequest(
                    name: name, label: key.label, allowfrom: key.allowFrom.isEmpty ? nil : key.allowFrom,
                    expires: key.expires?.text, prepared: prepared ? true : nil, token: token)
                guard !prepared, token == nil else {
                    let summary: DelegateSummary = try await client.send(.post, ["delegates"], body: request)
                    try printToStandardOutput(summary.name)
                    return
                }
                let place = try output.output.place(besides: options.readFiles)
                try output.show(try await client.send(.post, ["delegates"], body: request), at: place)
            }
        }
    }
}

extension DomainDescription {
    /// The domain and the verdict on it, for people.
    fileprivate var text: String { "\(domain) (\(verdict)\(verified ? "" : ", not verified"))" }
}

extension [Int64] {
    /// The ages of values, for people.
    fileprivate var ages: String { "\(count), published " + map { "\($0) s" }.joined(separator: ", ") + " ago" }
}
