import ArgumentParser
import Delegates
import Foundation
import SQLiteStorage

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Put a backup in the place of the storage. The server must not run.",
        discussion: """
            EXAMPLE:
              nuncio restore /var/backups/nuncio.db --config nuncio.yaml
              nuncio restore /var/backups/nuncio.db --config nuncio.yaml --replace

            Where there is a storage already, --replace puts the backup in its place, but for what must not be forgotten: names that \
            were deleted since stay deleted; names that were enrolled since stay taken, without keys; and keys, memberships and tokens \
            that were taken back since do not come back. What is replaced stays beside it. If the storage there is damaged, \
            not all of this is known, and only --forget-deleted goes on: names that were deleted can then be given out again. So it is \
            where there is no storage.
            """)

    @Argument(help: "What “nuncio backup” has made.")
    var file: String
    @OptionGroup var options: StorageOptions
    @Flag(help: "Replace the storage that is there.")
    var replace = false
    @Flag(help: "Replace it even if not all of it can be read.")
    var forgetDeleted = false
    @Flag(help: "Print one JSON object.")
    var json = false

    private struct Report: Encodable {
        var namesThatStayDeleted: Int
        var namesThatStayTaken: Int
        var keysThatStayEnded: Int
        var membershipsThatStayEnded: Int
        var delegatesThatStayDisabled: Int
        var tokensThatStayRevoked: Int
        var delegatesWithoutKeys: Int
        var replaced: String?
        /// Whether there was a storage, and all of it could be read: the counts are then complete.
        var complete: Bool
    }

    func validate() throws {
        guard !file.isEmpty else { throw ValidationError("the name of the backup is empty") }
    }

    func run() async throws {
        // Files that this process creates are for its own user alone.
        umask(0o077)
        let path = try options.storagePath()
        if !replace, !forgetDeleted, FileManager.default.fileExists(atPath: path) {
            throw Failure(
                message: "there is a storage at “\(path)”: --replace puts the backup in its place, and keeps it beside it",
                exitCode: .refused
            ).reported()
        }
        let progress = SharedProgress(of: "pages")
        let restore: StorageRestore
        do {
            restore = try StorageRestore.restore(
                file, to: path, existing: forgetDeleted ? .forget : replace ? .replace : .refuse,
                now: Timestamp(secondsSinceEpoch: Int64(Date().timeIntervalSince1970))
            ) { progress.show($0, of: $1) }
            progress.end()
        } catch {
            progress.end()
            throw Failure(message: error.description, exitCode: .cannotOpenStorage).reported()
        }
        if let problem = restore.durabilityProblem {
            printToStandardError("nuncio: warning: a power cut now could undo this: \(problem)")
        }
        guard !json else {
            let report = Report(
                namesThatStayDeleted: restore.deletedSince, namesThatStayTaken: restore.enrolledSince,
                keysThatStayEnded: restore.keysEndedSince, membershipsThatStayEnded: restore.membershipsEndedSince,
                delegatesThatStayDisabled: restore.disabledSince, tokensThatStayRevoked: restore.tokensRevokedSince,
                delegatesWithoutKeys: restore.withoutKeys, replaced: restore.replaced, complete: restore.isComplete)
            return try printToStandardOutput(JSONLine.text(report))
        }
        try printToStandardOutput("\(path) is now as \(file) has it.")
        guard let replaced = restore.replaced else {
            try printToStandardOutput(
                """
                No storage was here, so it is not known what was taken back since the backup was made: names that were deleted since \
                can be given out again, and keys that ended since are good. The zones' serials go on from the backup's: \
                where secondaries have later ones, give those as “serials-above”.
                """)
            return
        }
        if !restore.isComplete {
            try printToStandardOutput(
                """
                Not all of what was there could be read: what more was taken back since the backup is not known. Where secondaries \
                have a later serial than “nuncio status” tells, give it as “serials-above”.
                """)
        }
        try printToStandardOutput("What was there is kept as \(replaced). Of it:")
        for (count, what) in [
            (restore.deletedSince, "names that were deleted since stay deleted"),
            (restore.enrolledSince, "names that were enrolled since stay taken, without keys"),
            (restore.keysEndedSince, "keys that ended since stay ended"),
            (restore.membershipsEndedSince, "memberships in groups that ended since stay ended"),
            (restore.disabledSince, "delegates that were disabled since stay disabled"),
            (restore.tokensRevokedSince, "registration tokens that were revoked or made since are revoked"),
        ] { try printToStandardOutput("    \(count) \(what)") }
        if restore.withoutKeys > 0 {
            try printToStandardOutput(
                "\(restore.withoutKeys) delegates have no key now: “nuncio delegates rotate NAME” makes one.")
        }
    }
}
