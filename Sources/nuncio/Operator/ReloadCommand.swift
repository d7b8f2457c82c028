import ArgumentParser
import DelegateAPI

struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Let the running server reload its configuration.",
        discussion: """
            EXAMPLE:
              nuncio reload --config /etc/nuncio/nuncio.yaml

            The server reads the file, the environment and the options with which it was started; --config and --storage only \
            say where to find the server. The new configuration takes effect as a whole from the next query on, or not at all, \
            and then the reasons are listed. Records, zone files, limits, the certificate and the log level can change; \
            addresses, threads, the storage and the log’s format need a restart.
            """)

    @OptionGroup var options: OperatorOptions

    @Flag(help: "Print one JSON object: reloaded, file, problems.")
    var json = false

    func run() async throws {
        try await OperatorClient.with(options) { client in
            let outcome: ReloadResponse = try await client.send(.post, ["reload"], body: nil, accepting: [409])
            if json { try printToStandardOutput(JSONLine.text(outcome)) }
            for problem in outcome.problems where !json { printToStandardError("nuncio: \(problem)") }
            let source = outcome.file.map { "“\($0)”" } ?? "The environment, with the options of the start and no file,"
            guard outcome.reloaded else {
                if !json { printToStandardError("nuncio: \(source) was read, but the old configuration stays in effect.") }
                throw ExitCode.configurationProblem
            }
            if !json { try printToStandardOutput("\(source) was read, and is now in effect.") }
        }
    }
}
