import ArgumentParser
import DNS
import DelegateAPI
import Foundation

struct TraceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Follow live who asks for a delegate, and what the answers are.",
        discussion: """
            EXAMPLE:
              nuncio trace d420c923.delegates.example.net --config nuncio.yaml
              nuncio trace delegates.example.net --config nuncio.yaml --json

            Shows what a certificate authority saw: its resolvers' addresses, names in their case, types, answers. The command \
            reads from the running server, as the server's own user, until Ctrl-C. Names below the given one are followed, \
            too.
            """)

    @Argument(help: "The delegate's name, a zone, or “.” for everything.")
    var name: String

    @OptionGroup var options: OperatorOptions

    @Flag(help: "Print each query as one JSON object.")
    var json = false

    func validate() throws {
        do {
            _ = try DomainName(asked: name)
        } catch {
            throw ValidationError(error.description)
        }
    }

    func run() async throws {
        try await OperatorClient.with(options) { client in
            var isFollowing = false
            try await client.lines(["trace"], query: [("name", name)]) { line in
                guard line.isEmpty else { return try show(line) }
                // The first empty line says that the trace goes on from here; later ones say that the server is still there.
                if !isFollowing { printToStandardError("Following \(name == "." ? "everything" : name).") }
                isFollowing = true
            }
            printToStandardError("The server has stopped.")
        }
    }

    private func show(_ line: String) throws {
        guard let query = try? JSONDecoder().decode(TraceLine.self, from: Data(line.utf8)) else { return }
        if json {
            try printToStandardOutput(TerminalText.escaped(json: line))
        } else {
            let truncated = (query.truncated ? " (truncated)" : "") + (query.lost > 0 ? " (\(query.lost) lost before)" : "")
            try printToStandardOutput(
                "\(query.time)  \(query.address)  \(query.transport)  \(query.name) \(query.type)  \(query.rcode), \(query.answers) records, \(query.octets) octets\(truncated)"
            )
        }
        // The reader of a pipe wants each line when it comes.
        try StandardOutput.flush()
    }
}
