import GRDB

/// A file that is no storage, or that SQLite cannot read completely.
struct DamagedStorage: Error, CustomStringConvertible {
    var description: String

    /// Whether an error concerns the content of a file or the disk below it, and not whether the file can be read now.
    static func isProved(by error: any Error) -> Bool {
        switch (error as? DatabaseError)?.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_IOERR: true
        case nil: error is DamagedStorage
        default: false
        }
    }

    /// Whether damage to a file can cause an error, unlike another user of the file or a lack of room.
    static func couldCause(_ error: any Error) -> Bool {
        switch (error as? DatabaseError)?.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_FULL, .SQLITE_NOMEM: false
        case nil: error is DamagedStorage
        default: true
        }
    }
}
