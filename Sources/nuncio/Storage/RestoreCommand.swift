import ArgumentParser
import Delegates
import Foundation
import SQLiteStorage

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Restore the storage from a backup. The server must not be running.",
        discussion: """
            EXAMPLE:
              nuncio restore /var/backups/nuncio.db --config nuncio.yaml
              nuncio restore /var/backups/nuncio.db --config nuncio.yaml --replace

            If there is a storage already, --replace puts the backup in its place, except for what must not be forgotten: \
            names that were deleted since stay deleted; names that were enrolled since stay taken, without keys; and keys, \
            memberships and tokens that were revoked since do not come back. The replaced storage stays beside the new one. If \
            the storage there is damaged, not all of this is known, and only --forget-deleted goes on: names that were deleted \
            can then be given out again. The same is true if there is no storage.
            """)

    @Argument(help: "The file that “nuncio backup” made.")
    var file: String
    @OptionGroup var options: StorageOptions
    @Flag(help: "Replace the existing storage.")
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
                message: "“\(path)” exists: --replace puts the backup in its place, and keeps the old storage beside it",
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
        try printToStandardOutput("\(path) now has the content of \(file).")
        guard let replaced = restore.replaced else {
            try printToStandardOutput(
                """
                There was no storage, so it is not known what was revoked since the backup was made: names that were deleted \
                since can be given out again, and keys that ended since are valid. The zones' serials go on from the backup's: \
                if secondaries have later ones, give those as “serials-above”.
                """)
            return
        }
        if !restore.isComplete {
            try printToStandardOutput(
                """
                Not all of the old storage could be read: what else was revoked since the backup is not known. If secondaries \
                have a later serial than “nuncio status” shows, give it as “serials-above”.
                """)
        }
        try printToStandardOutput("The old storage is kept as \(replaced). Taken from it:")
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
