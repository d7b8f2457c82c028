import ArgumentParser
import DNS
import Daemon
import Delegates
import Foundation
import Glibc
import Importing
import Logging

/// The options of all imports, and how an import is run.
struct ImportOptions: ParsableArguments {
    @Option(help: "The server's YAML file.")
    var config: String
    @Option(
        help: "The zone that the other server had. Default: the first one of the configuration.", transform: NameArgument.zone)
    var zone: DomainName?
    @Flag(help: "Show what would be imported and what not, and change nothing.")
    var dryRun = false
    @Option(help: "A file for what was refused, one JSON object per line. Default: the first 20 are printed.")
    var refused: String?
    @Flag(help: "Print one JSON object: imported, unchanged, refused, dropped_values, dropped_networks, dropped_keys.")
    var json = false

    /// Imports, and prints what came in.
    ///
    /// - Parameters:
    ///   - file: the file that is imported; `nil` if it is a server's.
    ///   - what: what is imported, in the plural.
    ///   - open: opens the other server's database.
    /// - Throws: an exit code; the problem has been printed.
    func run(
        file: String? = nil, of what: String, _ open: (Configuration) async throws -> any AccountSource
    ) async throws {
        umask(0o077)
        let configuration = try configuration()
        let apex = try apex(in: configuration)
        let path = configuration.storage.sqlitePath
        do {
            let source = try await open(configuration)
            let total = try await source.accountCount()
            var quiet = Logger(label: "nuncio")
            quiet.logLevel = .warning
            // Opened as the user that runs the command: the session may act as another user.
            let tally = try ImportTally(
                total: total, of: what, refusedFile: refused, besides: [config], database: file, storage: path)
            let sum = try await StorageSession.with(configuration, isTrial: dryRun, logger: quiet) { session in
                let job = AccountImport(
                    of: source, into: session.storage, zone: apex, isTaken: configuration.hasRecords,
                    maximumKeys: configuration.limits.credentials,
                    now: Timestamp(secondsSinceEpoch: Int64(Date().timeIntervalSince1970)), isDryRun: dryRun)
                try await job.run(tally.add)
                return tally.end()
            }
            try show(sum, what)
            if sum.refused > 0 { throw ExitCode.refused }
        } catch let error as any AccountSourceError {
            throw Failure(message: error.description, exitCode: .refused).reported()
        } catch let error as StorageError {
            throw Failure(message: text(of: error, at: path), exitCode: .cannotOpenStorage).reported()
        } catch let failure as Failure {
            throw failure.reported()
        }
    }

    /// - Parameter path: the path of the SQLite file; `nil` if there is none.
    private func text(of error: StorageError, at path: String?) -> String {
        guard dryRun else {
            return "the import failed: \(error). What was imported before stays: start again when that is fixed"
        }
        // If there is a storage, a dry run reads only that.
        let elsewhere =
            path.map { FileManager.default.fileExists(atPath: $0) } ?? true ? "" : ", or name another folder in TMPDIR"
        return "the dry run failed: \(error)\(elsewhere). Nothing was changed"
    }

    private func configuration() throws(ExitCode) -> Configuration {
        do throws(ConfigurationProblems) {
            return try Configuration(ConfigurationEntries(file: config), processors: 1)
        } catch {
            for problem in error.all { printToStandardError("nuncio: \(problem)") }
            throw .configurationProblem
        }
    }

    private func apex(in configuration: Configuration) throws(ExitCode) -> DomainName {
        guard let zone else { return configuration.enrolmentZone }
        let apexes = configuration.delegateApexes
        guard let apex = apexes.first(where: { $0 == zone }) else {
            throw Failure(
                message:
                    "“\(zone.withoutFinalDot)” is not one of the zones in which this server has delegates: \(apexes.map(\.withoutFinalDot).joined(separator: ", "))",
                exitCode: .refused
            ).reported()
        }
        return apex
    }

    private func show(_ sum: ImportTally.Sum, _ what: String) throws {
        guard !json else { return try printToStandardOutput(JSONLine.text(sum)) }
        try printToStandardOutput("\(sum.imported) \(what) \(dryRun ? "would be" : "were") imported")
        try printToStandardOutput("\(sum.unchanged) are already here")
        try printToStandardOutput("\(sum.refused) were refused\(sum.refused == 0 ? "" : ":")")
        for (reason, count) in sum.reasons.sorted(by: { $0.value > $1.value }) {
            try printToStandardOutput("    \(count): \(reason)")
        }
        if sum.droppedValues > 0 {
            try printToStandardOutput("\(sum.droppedValues) values were left out: they are not challenge values")
        }
        if sum.droppedNetworks > 0 {
            try printToStandardOutput("\(sum.droppedNetworks) allowed networks were left out: they are not networks")
        }
        if sum.droppedKeys > 0 {
            try printToStandardOutput(
                "\(sum.droppedKeys) keys were left out: their hash is not SHA-256, or more recently used ones reach limits.keys"
            )
        }
    }
}
