import ArgumentParser
import DelegateAPI

struct GroupsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "groups",
        abstract: "Show and manage groups: one credential for several delegates.",
        discussion: """
            EXAMPLE:
              nuncio groups create mail --config nuncio.yaml
              nuncio groups add mail web1 web2 --config nuncio.yaml
              nuncio keys create --group mail --config nuncio.yaml --output mail.json

            A group's key can publish at the group's delegates, and do nothing else.
            """,
        subcommands: [List.self, Show.self, Create.self, Add.self, Remove.self, Delete.self])
}

extension GroupsCommand {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List groups.",
            discussion: """
                EXAMPLE:
                  nuncio groups list --config nuncio.yaml
                """)

        @OptionGroup var options: OperatorOptions
        @Flag(help: "Print one JSON object.")
        var json = false

        func run() async throws {
            try await OperatorClient.with(options) { client in
                let answer: GroupListResponse = try await client.get(["groups"])
                if json { return try printToStandardOutput(JSONLine.text(answer)) }
                var table = TextTable("GROUP", "DELEGATES", "KEYS", "CREATED")
                for group in answer.groups { table.add([group.label, "\(group.delegates)", "\(group.keys)", group.created]) }
                try printToStandardOutput(table.lines.joined(separator: "\n"))
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a group's delegates and keys.",
            discussion: """
                EXAMPLE:
                  nuncio groups show mail --config nuncio.yaml
                """)

        @Argument(help: "The group's label.")
        var label: String
        @OptionGroup var options: OperatorOptions
        @Flag(help: "Print one JSON object.")
        var json = false

        func run() async throws {
            try await OperatorClient.with(options) { client in
                let group: GroupDetails = try await client.get(["groups", label])
                if json { return try printToStandardOutput(JSONLine.text(group)) }
                for name in group.delegates { try printToStandardOutput(name) }
                if !group.keys.isEmpty { try printToStandardOutput(group.keys.table.joined(separator: "\n")) }
            }
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a group, with no delegates or keys at first.",
            discussion: """
                EXAMPLE:
                  nuncio groups create mail --config nuncio.yaml
                """)

        @Argument(help: "What to call it: a to z, 0 to 9, “.”, “_” and “-”.")
        var label: String
        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await OperatorClient.with(options) { client in
                try await client.send(.post, ["groups"], body: NewGroupRequest(label: label))
                printToStandardError("The group \(label) is made: add delegates, and make a key with “nuncio keys create”.")
            }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add delegates to a group.",
            discussion: """
                EXAMPLE:
                  nuncio groups add mail web1 web2 --config nuncio.yaml
                """)

        @Argument(help: "The group's label.")
        var label: String
        @Argument(help: "The delegates' names.")
        var names: [String]
        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await OperatorClient.with(options) { client in
                for name in names { try await client.send(.put, ["groups", label, "members", name]) }
                printToStandardError("Added to \(label): \(names.joined(separator: ", ")).")
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove delegates from a group. The delegates themselves stay.",
            discussion: """
                EXAMPLE:
                  nuncio groups remove mail web2 --config nuncio.yaml
                """)

        @Argument(help: "The group's label.")
        var label: String
        @Argument(help: "The delegates' names.")
        var names: [String]
        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await OperatorClient.with(options) { client in
                for name in names { try await client.send(.delete, ["groups", label, "members", name]) }
                printToStandardError("Removed from \(label): \(names.joined(separator: ", ")).")
            }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete a group and its keys. Its delegates stay.",
            discussion: """
                EXAMPLE:
                  nuncio groups delete mail --config nuncio.yaml
                """)

        @Argument(help: "The group's label.")
        var label: String
        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await OperatorClient.with(options) { client in
                try await client.send(.delete, ["groups", label])
                printToStandardError("The group \(label) is deleted, and its keys are no longer valid.")
            }
        }
    }
}
