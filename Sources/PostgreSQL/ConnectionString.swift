import CPostgreSQL
import Foundation
import Synchronization

/// How to reach a PostgreSQL database: a connection string or a URL, as libpq takes them (PostgreSQL's documentation, section 34.1.1).
package struct ConnectionString: Hashable, Sendable {
    /// The string, which may have a password in it.
    package let text: String
    /// The options that it sets, by their names.
    private let options: [String: String]

    /// - Throws: ``PostgreSQLError`` with what libpq does not understand.
    package init(_ text: String) throws(PostgreSQLError) {
        var message: UnsafeMutablePointer<CChar>?
        guard let parsed = unsafe PQconninfoParse(text, &message) else {
            // From the first quotation mark on, libpq's words repeat the text, which may have a password in it.
            let words = unsafe message.map { unsafe PostgreSQLConnection.words($0) } ?? "it cannot be read"
            unsafe PQfreemem(message)
            throw PostgreSQLError(
                words.prefix { $0 != "\"" }.trimmingCharacters(in: .whitespaces.union(.punctuationCharacters)))
        }
        var options: [String: String] = [:]
        var option = unsafe parsed
        while let keyword = unsafe option.pointee.keyword {
            if let value = unsafe option.pointee.val { unsafe options[String(cString: keyword)] = String(cString: value) }
            unsafe option += 1
        }
        unsafe PQconninfoFree(parsed)
        self.text = text
        self.options = options
    }

    package subscript(_ option: String) -> String? { options[option] }

    /// Whether all servers are on this machine: their addresses are paths of sockets, or loopback. A service file and the environment
    /// can name others.
    package var isLocal: Bool {
        let environment = ProcessInfo.processInfo.environment
        let isNamedElsewhere = options["service"] != nil || environment["PGSERVICE"] != nil
        let isGiven = options["host"] != nil || options["hostaddr"] != nil
        if isNamedElsewhere || !isGiven && (environment["PGHOST"] ?? environment["PGHOSTADDR"]) != nil { return false }
        let hosts = (options["hostaddr"] ?? options["host"] ?? "").split(separator: ",", omittingEmptySubsequences: false)
        return hosts.allSatisfy { host in
            host.isEmpty || host.hasPrefix("/") || host.hasPrefix("@") || host == "localhost" || host.hasPrefix("127.")
                || host == "::1"
        }
    }

    /// What applies unless the string says otherwise. A server elsewhere must show a certificate for its name: libpq's own default
    /// would go on in the clear.
    func defaults(name: String) -> [(keyword: String, value: String)] {
        var defaults = [
            ("fallback_application_name", name), ("connect_timeout", "3"), ("tcp_user_timeout", "5000"),
            ("keepalives_idle", "5"), ("keepalives_interval", "2"), ("keepalives_count", "3"), ("client_encoding", "UTF8"),
            // A standby takes no changes.
            ("target_session_attrs", "read-write"),
        ]
        if !isLocal { defaults.append(("sslmode", "verify-full")) }
        return defaults
    }
}

extension ConnectionString: CustomStringConvertible {
    /// The server and the database, without any secret.
    package var description: String {
        let shown = ["host", "hostaddr", "port", "dbname", "user", "service"].compactMap { name in
            options[name].map { "\(name)=\($0)" }
        }
        return shown.isEmpty ? "the default database" : shown.joined(separator: " ")
    }
}
