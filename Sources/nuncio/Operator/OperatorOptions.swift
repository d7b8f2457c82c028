import ArgumentParser
import Daemon
import Foundation

/// How a command finds the running server: by the configuration, which tells where its socket is, or by a URL.
struct OperatorOptions: ParsableArguments {
    @Option(help: "The server's YAML file.")
    var config: String?

    @Option(help: "The server's SQLite file, beside which its socket is. (storage.sqlite.path)")
    var storage: String?

    @Option(
        help: "The URL of a server that listens for operators on TCP, as https://nuncio.example.net:9554. (operator.listen)")
    var url: String?

    @Option(help: "The file with the token for --url. (operator.token-file)")
    var tokenFile: String?

    func validate() throws {
        guard (url == nil) == (tokenFile == nil) else { throw ValidationError("--url and --token-file go together") }
    }

    func entries() -> ConfigurationEntries {
        var entries = ConfigurationEntries()
        if let config { entries.add(file: config) }
        entries.add(environment: ProcessInfo.processInfo.environment)
        entries.add(option: "--storage", for: "storage.sqlite.path", values: storage.map { [$0] } ?? [])
        return entries
    }

    /// Where the storage is.
    ///
    /// - Throws: an exit code; what is wrong has been said.
    func storagePath() throws(ExitCode) -> String {
        // A configuration that is wrong elsewhere is no hindrance.
        let entries = entries()
        guard let path = entries.storagePath else {
            for problem in entries.problems { printToStandardError("nuncio: \(problem)") }
            throw .configurationProblem
        }
        return path
    }
}
