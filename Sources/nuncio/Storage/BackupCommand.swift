import ArgumentParser
import Delegates
import Foundation
import SQLiteStorage

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the storage into one file, whether the server runs or not.",
        discussion: """
            EXAMPLE:
              nuncio backup /var/backups/nuncio.db --config nuncio.yaml

            The copy is a snapshot of one moment. It is read through and checked, made durable, and only then given its name; \
            a file of that name is replaced. It has everything that the storage has, with digests of keys instead of keys. \
            Note the number and digest of the last entry of its audit log: “nuncio audit verify --noted” checks later whether \
            the log still has it.

            The keys that sign the zones are not in it. They are in the key folder (dnssec.key-folder), which is the storage's path \
            and “.keys” unless that or state-folder says otherwise: back it up, too, as in
              cp -a /var/lib/nuncio/nuncio.db.keys /var/backups/
            """)

    @Argument(help: "The file to make.")
    var file: String
    @OptionGroup var options: StorageOptions
    @Flag(help: "Print one JSON object: size, delegates, changes, audit_number, audit_digest, key_folder.")
    var json = false

    private struct Report: Encodable {
        var size: Int
        var delegates: Int
        var changes: UInt64
        var auditNumber: UInt64
        var auditDigest: String
        /// The key folder, which is not in the backup.
        var keyFolder: String
    }

    func validate() throws {
        guard !file.isEmpty else { throw ValidationError("the name of the file to make is empty") }
    }

    func run() async throws {
        let path = try options.storagePath()
        let keyFolder = try options.keyFolder()
        do {
            let progress = SharedProgress(of: "pages")
            defer { progress.end() }
            let backup = try StorageBackup.write(of: path, to: file) { progress.show($0, of: $1) }
            let last = backup.lastAuditEntry
            progress.end()
            if json {
                let report = Report(
                    size: backup.size, delegates: backup.delegateCount, changes: backup.changes, auditNumber: last.number,
                    auditDigest: last.digest, keyFolder: keyFolder)
                return try printToStandardOutput(JSONLine.text(report))
            }
            try printToStandardOutput(
                "\(file): \(backup.delegateCount) delegates, \(backup.size) octets. The last entry of the audit log: \(last.number):\(last.digest)"
            )
            let keys =
                FileManager.default.fileExists(atPath: keyFolder)
                ? "back up the key folder “\(keyFolder)”, too"
                : "there is no key folder “\(keyFolder)”: if state-folder or dnssec.key-folder names another one, back that up, too"
            printToStandardError("The keys that sign the zones are not in it: \(keys).")
        } catch let error as StorageError {
            throw Failure(message: error.description, exitCode: .cannotOpenStorage).reported()
        }
    }
}
