import ArgumentParser
import Delegates
import Foundation
import Glibc
import Logging
import PostgreSQL
import PostgreSQLStorage
import SQLiteStorage
import StorageParts

struct StorageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storage",
        abstract: "Move everything to another storage; complete a restore of a PostgreSQL database.",
        discussion: """
            EXAMPLE:
              nuncio storage migrate --from sqlite:/var/lib/nuncio/nuncio.db --to postgresql://nuncio@db1/nuncio
            """,
        subcommands: [Migrate.self, TakeOver.self])

    struct Migrate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Copy a storage to another kind, all of it, and compare both afterwards. Servers must be stopped.",
            discussion: """
                EXAMPLE:
                  nuncio storage migrate --from sqlite:/var/lib/nuncio/nuncio.db --to postgresql://nuncio@db1/nuncio
                  nuncio storage migrate --from "postgresql:host=/run/postgresql dbname=nuncio" --to sqlite:new.db

                Deleted names, the audit log, the feed and the number of the last change come along. The keys that sign zones do not: a \
                node takes those of its key folder (“dnssec.key-folder”), and “nuncio dnssec export” writes those of nodes into one. \
                The source stays as it is. If the command is interrupted, the same command goes on where it was; until it \
                is complete, no server uses the target. Exit code 4 if one of them cannot be used.
                """)

        @Option(help: "The storage to copy: sqlite:PATH, postgresql:CONNECTION or a postgresql:// URL.")
        var from: String
        @Option(help: "An SQLite file that does not exist, or an empty PostgreSQL database, in the same form.")
        var to: String
        @Flag(help: "Print one JSON object: delegates, rows, sequence, continued.")
        var json = false

        private struct Report: Encodable {
            var delegates: Int
            var rows: Int
            var sequence: Int64
            var continued: Bool
        }

        func validate() throws {
            for (option, text) in [("--from", from), ("--to", to)] where StoragePlaceArgument(text) == nil {
                // The text may have a password in it.
                throw ValidationError(
                    "\(option) is no storage: give sqlite:PATH, postgresql:CONNECTION or a URL like postgresql://nuncio@db1/nuncio"
                )
            }
            switch (StoragePlaceArgument(from), StoragePlaceArgument(to)) {
            case (.sqlite, .sqlite), (.postgresql, .postgresql): throw ValidationError(Self.sameKind)
            default: break
            }
        }

        private static let sameKind =
            "--from and --to are of the same kind: copy an SQLite file with “nuncio backup”, a PostgreSQL database with pg_dump"

        func run() async throws {
            umask(0o077)
            guard let source = StoragePlaceArgument(from), let target = StoragePlaceArgument(to) else { return }
            var logger = Logger(label: "nuncio")
            logger.logLevel = .warning
            do {
                let outcome = try await copy(source, target, logger: logger)
                guard !json else {
                    let report = Report(
                        delegates: outcome.delegates, rows: outcome.rows, sequence: outcome.sequence,
                        continued: outcome.isContinued)
                    return try printToStandardOutput(JSONLine.text(report))
                }
                try printToStandardOutput(
                    "\(outcome.delegates) delegates, \(outcome.rows) rows in all, up to change \(outcome.sequence). Both storages were compared, and are the same."
                )
                try printToStandardOutput("Now give the new one in the configuration, and keep the old one from being used.")
                if case .postgresql = source {
                    try printToStandardOutput(
                        "The keys that sign zones are still in the database: write them into a key folder with “nuncio dnssec export”."
                    )
                }
            } catch let error as StorageError {
                throw Failure(message: error.description, exitCode: .cannotOpenStorage).reported()
            }
        }

        private func copy(
            _ source: StoragePlaceArgument, _ target: StoragePlaceArgument, logger: Logger
        ) async throws -> StorageCopy.Outcome {
            // A file is used as the owner of its folder.
            for place in [source, target] {
                if case .sqlite(let path) = place { try FolderOwner(of: path).checkIsUser() }
            }
            let progress = SharedProgress(of: "rows")
            defer { progress.end() }
            return try await source.withSource(logger: logger) { source in
                try await target.withTarget(logger: logger) { target in
                    try await StorageCopy(from: source, to: target).run { progress.show($0, of: $1) }
                }
            }
        }
    }
}

/// A storage as the command line names it.
enum StoragePlaceArgument {
    case sqlite(path: String)
    case postgresql(ConnectionString)

    init?(_ text: String) {
        if text.hasPrefix("sqlite:"), text.count > "sqlite:".count {
            self = .sqlite(path: String(text.dropFirst("sqlite:".count)))
        } else if text.hasPrefix("postgresql:"), text.count > "postgresql:".count {
            let isURL = text.hasPrefix("postgresql://")
            guard let string = try? ConnectionString(isURL ? text : String(text.dropFirst("postgresql:".count))) else {
                return nil
            }
            self = .postgresql(string)
        } else {
            return nil
        }
    }

    func withSource<Outcome>(
        logger: Logger, _ body: (any CopySource) async throws -> Outcome
    ) async throws -> Outcome {
        switch self {
        case .sqlite(let path):
            guard FileManager.default.fileExists(atPath: path) else {
                throw StorageError.unavailable("there is no “\(path)”")
            }
            let copy = try SQLiteCopy(reading: path, logger: logger)
            defer { try? copy.close() }
            return try await body(copy)
        case .postgresql(let string):
            let copy = try await PostgreSQLCopy.reading(string)
            defer { copy.close() }
            return try await body(copy)
        }
    }

    func withTarget<Outcome>(
        logger: Logger, _ body: (any CopyTarget) async throws -> Outcome
    ) async throws -> Outcome {
        switch self {
        case .sqlite(let path):
            let copy = try SQLiteCopy(writing: path, logger: logger)
            let outcome = try await body(copy)
            try copy.close()
            return outcome
        case .postgresql(let string):
            let copy = try await PostgreSQLCopy.writing(string)
            defer { copy.close() }
            return try await body(copy)
        }
    }
}
