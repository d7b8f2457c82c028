import ArgumentParser
import DelegateAPI

struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Let the running server read its configuration anew.",
        discussion: """
            EXAMPLE:
              nuncio reload --config /etc/nuncio/nuncio.yaml

            The server reads the file, the environment and the options with which it was started; --config and --storage tell \
            where it is found. All of the new configuration holds from the next query on, or nothing of it, and the reasons are \
            listed. Records, zone files, limits, the certificate and the log level can change; addresses, threads, the storage \
            and the log’s format need a restart.
            """)

    @OptionGroup var options: OperatorOptions

    @Flag(help: "Print one JSON object: reloaded, file, problems.")
    var json = false

    func run() async throws {
        try await OperatorClient.with(options) { client in
            let outcome: ReloadResponse = try await client.send(.post, ["reload"], body: nil, accepting: [409])
            if json { try printToStandardOutput(JSONLine.text(outcome)) }
            for problem in outcome.problems where !json { printToStandardError("nuncio: \(problem)") }
            let source = outcome.file.map { "“\($0)”" } ?? "The environment and the options of the start, without a file,"
            guard outcome.reloaded else {
                if !json { printToStandardError("nuncio: \(source) was read, and what held before goes on to hold.") }
                throw ExitCode.configurationProblem
            }
            if !json { try printToStandardOutput("\(source) was read, and holds from now on.") }
        }
    }
}
