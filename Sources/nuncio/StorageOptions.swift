import ArgumentParser
import Daemon
import Foundation

/// Where the storage is.
struct StorageOptions: ParsableArguments {
    @Option(help: "The server's YAML file. Default: /etc/nuncio/nuncio.yaml, if it is there and no storage is given.")
    var config: String?

    @Option(help: "The server's SQLite file. (storage.sqlite.path)")
    var storage: String?

    /// The file of `--config`, or the default one where it is read.
    var configurationFile: String? { DefaultConfiguration.file(given: config, unless: .storage, isOption: storage != nil) }

    /// - Throws: an exit code; what is wrong has been said.
    func storagePath() throws(ExitCode) -> String {
        try read { entries throws(ConfigurationProblems) in try entries.storagePath() }
    }

    /// Where the keys are that sign the zones.
    ///
    /// - Throws: an exit code; what is wrong has been said.
    func keyFolder() throws(ExitCode) -> String {
        try read { entries throws(ConfigurationProblems) in try entries.keyFolder() }
    }

    private func read(_ path: (ConfigurationEntries) throws(ConfigurationProblems) -> String) throws(ExitCode) -> String {
        do {
            return try path(ConfigurationEntries(file: config, storage: storage))
        } catch {
            for problem in error.all { printToStandardError("nuncio: \(problem)") }
            throw .configurationProblem
        }
    }
}

extension ConfigurationEntries {
    /// What a file says, over it the environment, over that an option.
    init(file: String?, storage: String? = nil) {
        self.init()
        if let file = DefaultConfiguration.file(given: file, unless: .storage, isOption: storage != nil) { add(file: file) }
        add(environment: ProcessInfo.processInfo.environment)
        add(option: "--storage", for: "storage.sqlite.path", values: storage.map { [$0] } ?? [])
    }
}
