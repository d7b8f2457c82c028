import Foundation
import GRDB
import SystemErrors

/// Explains SQLite's errors to the operator: GRDB's descriptions name numbers and statements.
enum DatabaseProblem {
    /// - Parameter path: the path of the file that was to be used; `nil` for a file that is open.
    /// - Returns: the cause, or the error's own words if it is not one of SQLite's.
    static func text(_ error: any Error, path: String? = nil) -> String {
        guard let error = error as? DatabaseError else { return SystemError.text(error) }
        let words = error.message ?? "\(error.resultCode)"
        switch error.resultCode {
        case _ where isDiskFull(error): return "the disk is full (database or disk is full): make some MiB of room on it"
        case .SQLITE_CORRUPT: return "the file is damaged (\(words)): restore a backup"
        case .SQLITE_NOTADB: return "it is not an SQLite file (\(words))"
        case .SQLITE_BUSY, .SQLITE_LOCKED: return "another program is using it (\(words)): stop that one"
        case .SQLITE_CANTOPEN, .SQLITE_IOERR, .SQLITE_PERM, .SQLITE_READONLY:
            if let obstacle = path.flatMap(obstacle) { return obstacle }
            return error.resultCode == .SQLITE_IOERR ? "disk failure (\(words), \(error.extendedResultCode.rawValue))" : words
        default: return words
        }
    }

    static func isDiskFull(_ error: DatabaseError) -> Bool {
        error.resultCode == .SQLITE_FULL || error.extendedResultCode == .SQLITE_IOERR_SHMSIZE
    }

    /// Why a file cannot be opened: SQLite says only that it cannot.
    private static func obstacle(_ path: String) -> String? {
        if let obstacle = SystemError.obstacle(to: .writing, path) { return obstacle }
        let folder = FilePath.folder(of: path)
        return SystemError.obstacle(toFilesIn: folder).map { "its folder “\(folder)” cannot be written to: \($0)" }
    }
}
