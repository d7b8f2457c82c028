import ArgumentParser
import DelegateAPI

struct NodesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nodes",
        abstract: "Show the nodes that share a PostgreSQL database.",
        discussion: """
            EXAMPLE:
              nuncio nodes list --config nuncio.yaml
            """,
        subcommands: [List.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the nodes as the asked one sees them: where each is in the order of changes, and its lease.",
            discussion: """
                EXAMPLE:
                  nuncio nodes list --config nuncio.yaml
                  nuncio nodes list --config nuncio.yaml --json | jq -r '.nodes[] | select(.lag > 0) | .name'

                A change is acknowledged when each node that is alive answers with it. A node is out when nothing was heard of it \
                for the time of its lease: then no change waits for it. PLACE is the number of the last change that a node \
                answers with, LAG the number of changes that it lacks.
                """)

        @OptionGroup var options: OperatorOptions
        @Flag(help: "Print one JSON object.")
        var json = false

        func run() async throws {
            try await OperatorClient.with(options) { client in
                let answer: NodeListResponse = try await client.get(["nodes"])
                if json { return try printToStandardOutput(JSONLine.text(answer)) }
                guard !answer.nodes.isEmpty else {
                    return try printToStandardOutput("The storage is this server’s alone: there are no other nodes.")
                }
                var table = TextTable("NODE", "STATE", "PLACE", "LAG", "HEARD OF", "LEASE", "ADDRESS", "VERSION", "UP SINCE")
                for node in answer.nodes {
                    table.add([
                        node.name + (node.isAsked ? " (asked)" : ""), node.state, "\(node.place)", "\(node.lag)",
                        "\(node.silentSeconds) s ago", "\(node.leaseSeconds) s", node.address, node.version, node.started,
                    ])
                }
                try printToStandardOutput(table.lines.joined(separator: "\n"))
            }
        }
    }
}
