package import Importing

/// Why an acme-dns database cannot be read. The descriptions are for the operator that named it.
package enum AcmeDNSDatabaseError: AccountSourceError, Hashable {
    case notSQLite(path: String)
    /// It is a database but not acme-dns's; what it lacks, in words.
    case notAcmeDNS(SourceName, missing: String)
    /// acme-dns itself, as far as is known here, has schemas 0 and 1.
    case unknownSchema(SourceName, version: String)
    /// The program that had the file open did not end properly, and only a program that may write can repair it.
    case needsRecovery(path: String)
    /// There is no room for the temporary files that reading needs.
    case noRoom(path: String, folder: String)
    /// The file was written to while it was read as one that no program has open.
    case changed(path: String)
    /// Any other error of SQLite or the system.
    case unreadable(path: String, reason: String)
}

extension AcmeDNSDatabaseError {
    package var description: String {
        switch self {
        case .notSQLite(let path):
            "the file “\(path)” is not an SQLite database"
        case .notAcmeDNS(let source, let missing):
            "the \(source) is not one of acme-dns: \(missing)"
        case .unknownSchema(let source, let version):
            "the \(source) has schema \(version) of acme-dns; the newest known here is 1"
        case .needsRecovery(let path):
            """
            the acme-dns database “\(path)” was not closed properly: start and stop acme-dns once, or open it with sqlite3 and read \
            something, then try again
            """
        case .noRoom(let path, let folder):
            """
            there is no room in “\(folder)” for the temporary files that reading “\(path)” takes, up to twice its size; nothing is wrong \
            with the database. Make room, or name another folder in the environment variable TMPDIR
            """
        case .changed(let path):
            """
            the acme-dns database “\(path)” was written to while it was read: acme-dns was started meanwhile. What was imported \
            so far stays: start again
            """
        case .unreadable(let path, let reason):
            "the acme-dns database “\(path)” cannot be read: \(reason)"
        }
    }
}
