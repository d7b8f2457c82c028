import GRDB

/// A file that is no storage, or one of which SQLite cannot read all.
struct DamagedStorage: Error, CustomStringConvertible {
    var description: String

    /// Whether an error is about what is in a file, or the disk below it, and not about whether it can be read now.
    static func isProved(by error: any Error) -> Bool {
        switch (error as? DatabaseError)?.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_IOERR: true
        case nil: error is DamagedStorage
        default: false
        }
    }

    /// Whether an error can come of what is in a file that is damaged, and not of somebody who uses it or of what is full.
    static func couldCause(_ error: any Error) -> Bool {
        switch (error as? DatabaseError)?.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_FULL, .SQLITE_NOMEM: false
        case nil: error is DamagedStorage
        default: true
        }
    }
}
