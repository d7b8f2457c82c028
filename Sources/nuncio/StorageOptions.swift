import ArgumentParser
import Daemon
import Foundation

/// The options that say where the storage and the server's state are.
struct StorageOptions: ParsableArguments {
    @Option(help: "The server's YAML file. Default: /etc/nuncio/nuncio.yaml, if it exists and no storage is given.")
    var config: String?

    @Option(help: "The server's SQLite file. (storage.sqlite.path)")
    var storage: String?

    /// The file of `--config`, or the default file where it is read.
    var configurationFile: String? { DefaultConfiguration.file(given: config, unless: .storage, isOption: storage != nil) }

    /// - Throws: an exit code; the problems have been printed.
    func storagePath() throws(ExitCode) -> String {
        try read { entries throws(ConfigurationProblems) in try entries.storagePath() }
    }

    /// The files of what is the server's alone.
    ///
    /// - Throws: an exit code; the problems have been printed.
    func stateFiles() throws(ExitCode) -> StateFiles {
        try read { entries throws(ConfigurationProblems) in try entries.stateFiles() }
    }

    /// The path of the key folder.
    ///
    /// - Throws: an exit code; the problems have been printed.
    func keyFolder() throws(ExitCode) -> String {
        try read { entries throws(ConfigurationProblems) in try entries.keyFolder() }
    }

    private func read<Value>(
        _ value: (ConfigurationEntries) throws(ConfigurationProblems) -> Value
    ) throws(ExitCode) -> Value {
        do {
            return try value(ConfigurationEntries(file: config, storage: storage))
        } catch {
            for problem in error.all { printToStandardError("nuncio: \(problem)") }
            throw .configurationProblem
        }
    }
}

extension ConfigurationEntries {
    /// The entries of a file, which the environment overrides, which an option overrides.
    init(file: String?, storage: String? = nil) {
        self.init()
        if let file = DefaultConfiguration.file(given: file, unless: .storage, isOption: storage != nil) { add(file: file) }
        add(environment: ProcessInfo.processInfo.environment)
        add(option: "--storage", for: "storage.sqlite.path", values: storage.map { [$0] } ?? [])
    }
}
