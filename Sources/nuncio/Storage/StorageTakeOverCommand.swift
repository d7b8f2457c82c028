import ArgumentParser
import Delegates
import Foundation
import Logging
import PostgreSQLStorage
import StorageParts

extension StorageCommand {
    struct TakeOver: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "take-over",
            abstract: "After a restore of a PostgreSQL database: keep what was revoked since the backup revoked.",
            discussion: """
                EXAMPLE:
                  nuncio storage take-over --from postgresql://nuncio@db1/nuncio_before --into postgresql://nuncio@db1/nuncio

                --from is the database as it was before the restore, --into the restored one. Names that were deleted or enrolled since \
                stay taken, and keys, memberships, registration tokens and delegates that ended since stay ended. Nodes must be \
                stopped. Exit code 4 if one of them cannot be used; then nothing was changed.
                """)

        @Option(help: "The storage that the restored one replaces: postgresql:CONNECTION, a postgresql:// URL or sqlite:PATH.")
        var from: String
        @Option(help: "The restored PostgreSQL database, in the same form.")
        var into: String
        @Flag(help: "Print one JSON object with the number of each.")
        var json = false

        private struct Report: Encodable {
            var namesThatStayDeleted: Int
            var namesThatStayTaken: Int
            var keysThatStayEnded: Int
            var membershipsThatStayEnded: Int
            var delegatesThatStayDisabled: Int
            var tokensThatStayRevoked: Int
        }

        func validate() throws {
            for (option, text) in [("--from", from), ("--into", into)] where StoragePlaceArgument(text) == nil {
                // The text may have a password in it.
                throw ValidationError(
                    "\(option) is no storage: give postgresql:CONNECTION or a URL like postgresql://nuncio@db1/nuncio")
            }
            guard case .postgresql = StoragePlaceArgument(into) else {
                throw ValidationError("--into must be a PostgreSQL database: “nuncio restore” does the same for SQLite files")
            }
        }

        func run() async throws {
            guard let source = StoragePlaceArgument(from), case .postgresql(let target) = StoragePlaceArgument(into) else {
                return
            }
            var logger = Logger(label: "nuncio")
            logger.logLevel = .warning
            do {
                let progress = SharedProgress(of: "rows")
                defer { progress.end() }
                let outcome = try await source.withSource(logger: logger) { source in
                    try await PostgreSQLTakeOver(
                        from: source, into: target,
                        now: Timestamp(secondsSinceEpoch: Int64(Date().timeIntervalSince1970))
                    ).run { progress.show($0, of: $1) }
                }
                progress.end()
                try show(outcome)
            } catch let error as StorageError {
                throw Failure(message: error.description, exitCode: .cannotOpenStorage).reported()
            }
        }

        private func show(_ outcome: PostgreSQLTakeOver.Outcome) throws {
            func count(_ what: StorageParts.TakeOver.Count) -> Int { outcome[what] ?? 0 }
            guard !json else {
                let report = Report(
                    namesThatStayDeleted: count(.deletedSince), namesThatStayTaken: count(.enrolledSince),
                    keysThatStayEnded: count(.keysEndedSince), membershipsThatStayEnded: count(.membershipsEndedSince),
                    delegatesThatStayDisabled: count(.disabledSince), tokensThatStayRevoked: count(.tokensRevokedSince))
                return try printToStandardOutput(JSONLine.text(report))
            }
            try printToStandardOutput("Taken over:")
            for (what, words) in [
                (StorageParts.TakeOver.Count.deletedSince, "names that were deleted since stay deleted"),
                (.enrolledSince, "names that were enrolled since stay taken, without keys"),
                (.keysEndedSince, "keys that ended since stay ended"),
                (.membershipsEndedSince, "memberships in groups that ended since stay ended"),
                (.disabledSince, "delegates that were disabled since stay disabled"),
                (.tokensRevokedSince, "registration tokens that were revoked or made since are revoked"),
            ] { try printToStandardOutput("    \(count(what)) \(words)") }
        }
    }
}
