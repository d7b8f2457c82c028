import Delegates
import PostgreSQL

extension StorageError {
    /// - Parameter error: of the database, or of a row that could not be read.
    static func database(_ error: any Error) -> StorageError {
        switch error {
        case let error as StorageError: error
        case let error as PostgreSQLError: .unavailable(text(of: error))
        default: .unavailable("\(error)")
        }
    }

    private static func text(of error: PostgreSQLError) -> String {
        switch error.state {
        case "25006": "the database server is a standby, which only reads: name the primary, or several servers"
        case "55P03": "another node holds the database's lock: \(error.description)"
        case "53100": "the database's disk is full: \(error.description)"
        case "42501": "the database's user may not do that: \(error.description)"
        case let state?: "the database refuses (\(state)): \(error.description)"
        case nil: "the database cannot be reached: \(error.description)"
        }
    }
}
