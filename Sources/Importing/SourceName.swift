/// The database of another server, as messages name it. It contains no password.
package enum SourceName: Hashable, Sendable, CustomStringConvertible {
    case file(String)
    /// The parts of the connection string that are no secrets.
    case server(String)

    package var description: String {
        switch self {
        case .file(let path): "SQLite database “\(path)”"
        case .server(let text): "PostgreSQL database (\(text))"
        }
    }
}
