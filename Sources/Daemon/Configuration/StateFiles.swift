import Delegates
import Glibc
import SQLiteStorage
import SystemErrors

/// The files of what is this server's alone, whatever storage it has: the operator's socket, the keys that sign the zones, and a lock.
///
/// They are in the folder of `state-folder`, or else beside the SQLite file.
package struct StateFiles: Hashable, Sendable {
    /// The folder of `state-folder`; `nil` if the files are beside the storage.
    package let folder: String?
    private let base: String

    init(besideStorage path: String) {
        folder = nil
        base = path
    }

    init(folder: String) {
        self.folder = folder
        base = (folder.hasSuffix("/") ? folder : folder + "/") + OwnFiles.stateName
    }

    /// The socket at which a running server takes its operator's requests.
    package var socket: String { base + ".socket" }

    /// The path of the key folder, unless `dnssec.key-folder` names another one.
    package var keyFolder: String { base + ".keys" }

    /// The folder of the server's own certificate, with its key and that of the account.
    package var certificateFolder: String { base + ".certificate" }

    private var lockFile: String { base + ".lock" }

    /// Whether a path is that of one of these files, as it is written.
    func includes(_ path: String) -> Bool { [socket, keyFolder, certificateFolder, lockFile].contains(path) }

    /// Makes the folder, and keeps other servers from using it.
    ///
    /// - Parameter storage: the path of the SQLite file, which is open: its own lock is on the files beside it. `nil` if there is none.
    /// - Returns: `nil` if the files are beside the storage.
    /// - Throws: ``StorageError/unavailable(_:)``.
    func lock(besides storage: String?) throws(StorageError) -> FileLock? {
        guard let folder, storage.map({ FilePath.resolved(base) != FilePath.resolved($0) }) ?? true else { return nil }
        do {
            try FolderOwner(of: base).checkIsUser()
            try DurableFolder.make(at: folder)
            return try FileLock(path: lockFile)
        } catch {
            throw .unavailable("the state folder “\(folder)” cannot be used: \(error)")
        }
    }
}

extension ConfigurationReader {
    /// - Parameter storagePath: the path of the SQLite file; `nil` if there is none.
    mutating func stateFiles(storagePath: String?) -> StateFiles {
        guard let origin = entries[.stateFolder]?.origin else {
            if storagePath == nil, !entries.misread.contains(.stateFolder) {
                report(
                    "“storage.postgresql.connection” needs “state-folder”: what is this node’s alone is there",
                    at: entries[.postgresqlConnection]?.origin)
            }
            return StateFiles(besideStorage: storagePath ?? "")
        }
        let folder = text(.stateFolder, default: nil) ?? ""
        let files = StateFiles(folder: folder)
        var status = stat()
        if folder == storagePath, !folder.isEmpty {
            report("“state-folder” is the storage’s file: give the path of a folder", at: origin)
        } else if unsafe stat(folder, &status) == 0, status.st_mode & S_IFMT != S_IFDIR {
            report("“state-folder”: “\(folder)” is not a folder: give the path of one, or of one to make", at: origin)
        }
        if let storagePath, files.includes(storagePath) {
            report(
                "“storage.sqlite.path” is the path of a file of “state-folder”: give the file another name",
                at: entries[.sqlitePath]?.origin ?? origin)
        }
        return files
    }
}

extension ConfigurationEntries {
    /// The path of the storage, in a configuration that may be wrong elsewhere.
    ///
    /// - Throws: ``ConfigurationProblems`` if the configuration cannot be read at all, or the path is wrong.
    package func storagePath() throws(ConfigurationProblems) -> String {
        if let entry = self[.postgresqlConnection] {
            throw ConfigurationProblems(all: [
                ConfigurationProblem(
                    "the storage is a PostgreSQL database, and this command works on SQLite files: back it up and restore it with "
                        + "PostgreSQL’s own programs, like pg_dump and pg_restore (docs/nodes.md)", at: entry.origin)
            ])
        }
        return try path(.sqlitePath, default: Configuration.defaultStoragePath)
    }

    /// The files of what is this server's alone, in a configuration that may be wrong elsewhere.
    package func stateFiles() throws(ConfigurationProblems) -> StateFiles {
        guard self[.stateFolder] != nil else { return StateFiles(besideStorage: try storagePath()) }
        return StateFiles(folder: try path(.stateFolder, default: ""))
    }

    /// The path of the key folder, in a configuration that may be wrong elsewhere.
    package func keyFolder() throws(ConfigurationProblems) -> String {
        try path(.keyFolder, default: stateFiles().keyFolder)
    }

    private func path(_ key: ConfigurationKey, default defaultPath: String) throws(ConfigurationProblems) -> String {
        guard !isIncomplete else { throw ConfigurationProblems(all: problems) }
        var reader = ConfigurationReader(self)
        let known = reader.problems.count
        guard let path = reader.text(key, default: defaultPath) else {
            throw ConfigurationProblems(all: Array(reader.problems.dropFirst(known)))
        }
        return path
    }
}
