import ArgumentParser
import Foundation
import PostgreSQL

/// The database that an import reads, as `--database` names it.
enum ImportDatabase {
    case file(String)
    case server(ConnectionString)

    /// How a server's database is named.
    static let forms =
        "a URL like postgresql://user@host/database, or a connection string like “host=/run/postgresql dbname=database”"

    /// - Throws: an exit code; the problem has been printed. It does not repeat the text, which may contain a password.
    init(_ text: String) throws(ExitCode) {
        guard Self.isServer(text) else {
            self = .file(text)
            return
        }
        do {
            self = .server(try ConnectionString(text))
        } catch {
            throw Failure(
                message: "--database looks like that of a PostgreSQL server, and is not what libpq reads: give \(Self.forms)",
                exitCode: .refused
            ).reported()
        }
    }

    /// Whether it begins like a URL or like an option of a connection string, and is not the name of a file.
    private static func isServer(_ text: String) -> Bool {
        if ["postgres://", "postgresql://"].contains(where: text.lowercased().hasPrefix) { return true }
        guard text.prefixMatch(of: /\s*[a-z_]+\s*=/) != nil else { return false }
        return !FileManager.default.fileExists(atPath: text)
    }
}
