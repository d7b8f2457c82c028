import AcmeDNS
import ArgumentParser
import DNS
import Daemon
import Delegates
import Foundation
import Logging
import SQLiteStorage
import SystemErrors

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Import from another server.",
        discussion: """
            EXAMPLE:
              nuncio import acme-dns --config nuncio.yaml \\
                  --database /var/lib/acme-dns/acme-dns.db
            """,
        subcommands: [FromAcmeDNS.self])
}

extension ImportCommand {
    struct FromAcmeDNS: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "acme-dns",
            abstract: "Import the accounts of an acme-dns SQLite database. The server must not be running.",
            discussion: """
                EXAMPLE:
                  nuncio import acme-dns --config nuncio.yaml \\
                      --database /var/lib/acme-dns/acme-dns.db --dry-run

                User names, subdomains, allowed networks, values and keys are kept: clients need no change, and CNAMEs point \
                where they did, if this server serves acme-dns's zone. What is already here stays as it is, so an import can \
                be repeated at any time. Exit code 5 if accounts were refused; each is reported with the reason.

                Nothing is written beside the database. Temporary files, up to twice its size, are put into the folder of TMPDIR, or else \
                beside the storage.
                """)

        @Option(help: "The server's YAML file.")
        var config: String
        @Option(help: "acme-dns's SQLite file. It is only read, and acme-dns may run.")
        var database: String
        @Option(
            help: "The zone that acme-dns served. Default: the first one of the configuration.", transform: NameArgument.zone)
        var zone: DomainName?
        @Flag(help: "Show what would be imported and what not, and change nothing.")
        var dryRun = false
        @Option(help: "A file for the refused accounts, one JSON object per line. Default: the first 20 are printed.")
        var refused: String?
        @Flag(help: "Print one JSON object: imported, unchanged, refused, dropped_values, dropped_networks.")
        var json = false

        private static let shownRefusals = 20

        func validate() throws {
            guard !database.isEmpty else {
                throw ValidationError("--database is empty: give the path of acme-dns’s SQLite file")
            }
        }

        func run() async throws {
            umask(0o077)
            let configuration = try configuration()
            let apex = try apex(in: configuration)
            do {
                let folder =
                    configuration.storage.sqlitePath.map { FilePath.folder(of: $0) } ?? configuration.state.folder ?? "."
                let source = try AcmeDNSDatabase(
                    path: database,
                    temporaryFolder: AcmeDNSDatabase.temporaryFolder(
                        environment: ProcessInfo.processInfo.environment, besides: folder))
                let total = try source.count
                var quiet = Logger(label: "nuncio")
                quiet.logLevel = .warning
                // Opened as the user that runs the command: the session may act as another user.
                let tally = try Tally(
                    total: total, refusedFile: refused, besides: [config], database: database,
                    storage: configuration.storage.sqlitePath)
                let sum = try await StorageSession.with(configuration, isTrial: dryRun, logger: quiet) { session in
                    let job = AcmeDNSImport(
                        of: source, into: session.storage, zone: apex,
                        isTaken: configuration.hasRecords,
                        now: Timestamp(secondsSinceEpoch: Int64(Date().timeIntervalSince1970)), isDryRun: dryRun)
                    try await job.run(tally.add)
                    return tally.end()
                }
                try show(sum)
                if sum.refused > 0 { throw ExitCode.refused }
            } catch let error as AcmeDNSDatabaseError {
                throw Failure(message: error.description, exitCode: .refused).reported()
            } catch let error as StorageError {
                throw Failure(message: text(of: error, at: configuration.storage.sqlitePath), exitCode: .cannotOpenStorage)
                    .reported()
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

        private func show(_ tally: Tally.Sum) throws {
            guard !json else { return try printToStandardOutput(JSONLine.text(tally)) }
            try printToStandardOutput("\(tally.imported) accounts \(dryRun ? "would be" : "were") imported")
            try printToStandardOutput("\(tally.unchanged) are already here")
            try printToStandardOutput("\(tally.refused) were refused\(tally.refused == 0 ? "" : ":")")
            for (reason, count) in tally.reasons.sorted(by: { $0.value > $1.value }) {
                try printToStandardOutput("    \(count): \(reason)")
            }
            if tally.droppedValues > 0 {
                try printToStandardOutput("\(tally.droppedValues) values were left out: they are not challenge values")
            }
            if tally.droppedNetworks > 0 {
                try printToStandardOutput("\(tally.droppedNetworks) allowed networks were left out: they are not networks")
            }
        }
    }
}

extension ImportCommand.FromAcmeDNS {
    /// The outcomes of the accounts so far.
    fileprivate final class Tally {
        struct Sum: Encodable, Sendable {
            var imported = 0
            var unchanged = 0
            var refused = 0
            var droppedValues = 0
            var droppedNetworks = 0
            var reasons: [String: Int] = [:]
        }

        private struct Refusal: Encodable {
            var account: String
            var reason: String
        }

        private var sum = Sum()
        private var done = 0
        private var progress: Progress
        private let path: String
        private let file: FileHandle?

        /// - Parameters:
        ///   - refusedFile: the file for refused accounts. It must not be a file of the database or the storage.
        ///   - read: further files that must stay.
        init(total: Int, refusedFile: String?, besides read: [String], database: String, storage: String?) throws {
            progress = Progress(total: total, of: "accounts")
            path = refusedFile ?? ""
            file = try refusedFile.map { path in
                try FolderOwner(of: path, followsLast: false).act {
                    do throws(StorageError) {
                        for storage in [database, storage].compactMap(\.self) { try OwnFiles.checkIsFree(path, of: storage) }
                        try OwnFiles.check(path, isNoneOf: read)
                    } catch {
                        throw Failure(message: error.description, exitCode: .refused)
                    }
                    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
                    guard descriptor >= 0 else { throw Self.failure(path, SystemError.last) }
                    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
                }
            }
        }

        private static func failure(_ path: String, _ reason: String) -> Failure {
            Failure(message: "“\(path)” cannot be written: \(reason)", exitCode: .refused)
        }

        func add(_ outcomes: [AcmeDNSImport.Outcome]) throws {
            for outcome in outcomes {
                switch outcome {
                case .imported(let values, let networks):
                    sum.imported += 1
                    sum.droppedValues += values
                    sum.droppedNetworks += networks
                case .unchanged: sum.unchanged += 1
                case .refused(let account, let reason):
                    sum.refused += 1
                    sum.reasons[reason, default: 0] += 1
                    try tell(Refusal(account: account, reason: reason))
                }
            }
            done += outcomes.count
            progress.show(done)
        }

        private func tell(_ refusal: Refusal) throws {
            if let file {
                let line = Data((try JSONLine.text(refusal) + "\n").utf8)
                do {
                    try file.write(contentsOf: line)
                } catch {
                    throw Self.failure(path, SystemError.text(error))
                }
            } else if sum.refused <= shownRefusals {
                progress.end()
                printToStandardError("refused: \(refusal.account): \(refusal.reason)")
            } else if sum.refused == shownRefusals + 1 {
                progress.end()
                printToStandardError("(the rest is not printed: --refused FILE lists them all)")
            }
        }

        func end() -> Sum {
            progress.end()
            try? file?.close()
            return sum
        }
    }
}
