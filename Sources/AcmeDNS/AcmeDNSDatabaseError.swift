/// Why nothing can be read of an acme-dns database. The descriptions are for the operator who named it.
package enum AcmeDNSDatabaseError: Error, Hashable, Sendable {
    /// The URL of a server was given instead of a path. It is not repeated: there may be a password in it.
    case server(scheme: String)
    case notSQLite(path: String)
    /// It is SQLite but not acme-dns's; what was missing, in words.
    case notAcmeDNS(path: String, missing: String)
    /// acme-dns itself, as far as it is known here, has schemas 0 and 1.
    case unknownSchema(path: String, version: String)
    /// The program that had it open did not end in order, and only one that may write can put it right.
    case needsRecovery(path: String)
    /// There is no room for the temporary files of reading it.
    case noRoom(path: String, folder: String)
    /// It was written to while it was read as one that nobody has open.
    case changed(path: String)
    /// Anything else that SQLite says.
    case unreadable(path: String, reason: String)
}

extension AcmeDNSDatabaseError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .server(let scheme):
            """
            a \(scheme) URL was given; of acme-dns databases only SQLite files can be read so far: give the path of one
            """
        case .notSQLite(let path):
            "the file “\(path)” is not an SQLite database"
        case .notAcmeDNS(let path, let missing):
            "the SQLite database “\(path)” is not one of acme-dns: \(missing)"
        case .unknownSchema(let path, let version):
            "the acme-dns database “\(path)” has schema \(version); the newest that is known here is 1"
        case .needsRecovery(let path):
            """
            the acme-dns database “\(path)” was not closed in order: start and stop acme-dns once, or open it with sqlite3 and read \
            something, then try again
            """
        case .noRoom(let path, let folder):
            """
            there is no room in “\(folder)” for the temporary files that reading “\(path)” takes, up to twice its size; nothing is wrong \
            with the database. Make room, or name another folder in the environment variable TMPDIR
            """
        case .changed(let path):
            """
            the acme-dns database “\(path)” was written to while it was read: acme-dns was started meanwhile. What came in so far \
            stays: begin again
            """
        case .unreadable(let path, let reason):
            "the acme-dns database “\(path)” cannot be read: \(reason)"
        }
    }
}
