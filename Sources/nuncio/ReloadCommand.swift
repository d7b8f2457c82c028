import ArgumentParser
import Daemon
import Foundation

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

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: "Print one JSON object: reloaded, problems.")
    var json = false

    func run() async throws {
        let answer = try await OperatorConnection.answer(to: "reload", options)
        let outcome = try JSONDecoder().decode(ReloadLine.self, from: Data(answer.utf8))
        if json { print(answer) }
        for problem in outcome.problems where !json { printToStandardError("nuncio: \(problem)") }
        guard outcome.reloaded else { throw ExitCode.configurationProblem }
        if !json { print("The configuration was read anew and holds from now on.") }
    }
}
