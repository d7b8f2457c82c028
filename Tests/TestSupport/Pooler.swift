package import Foundation
import Glibc

/// A pgbouncer in front of a PostgreSQL server, on a socket of its own.
package final class Pooler {
    private let process: ChildProcess
    private let folder: URL
    private static let program = "/usr/sbin/pgbouncer"

    package static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: program) }

    /// - Parameter mode: `session`, `transaction` or `statement`.
    package init(mode: String, of server: PostgreSQLServer, in folder: URL) throws {
        self.folder = URL(fileURLWithPath: "/tmp/nuncio-pooler-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        let configuration = self.folder.appending(path: "pgbouncer.ini")
        try """
        [databases]
        * = host=\(server.folder)
        [pgbouncer]
        pool_mode = \(mode)
        listen_port = 6432
        unix_socket_dir = \(self.folder.path)
        auth_type = trust
        auth_file = \(self.folder.path)/users
        max_client_conn = 100
        default_pool_size = 20
        """.write(to: configuration, atomically: true, encoding: .utf8)
        try "\"nuncio\" \"\"\n".write(to: self.folder.appending(path: "users"), atomically: true, encoding: .utf8)
        if geteuid() == 0, let user = getpwnam("nobody") {
            for path in ["", "pgbouncer.ini", "users"] {
                chown(self.folder.appending(path: path).path, user.pointee.pw_uid, user.pointee.pw_gid)
            }
            process = try ChildProcess(
                "/usr/bin/setpriv",
                ["--reuid", "nobody", "--regid", "nogroup", "--clear-groups", Self.program, configuration.path], in: folder)
        } else {
            process = try ChildProcess(Self.program, [configuration.path], in: folder)
        }
        let socket = self.folder.appending(path: ".s.PGSQL.6432").path
        let deadline = ContinuousClock.now.advanced(by: .seconds(30))
        while !FileManager.default.fileExists(atPath: socket), ContinuousClock.now < deadline { poll(nil, 0, 20) }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// The connection string of a database, through the pooler.
    package func connection(to database: String) throws -> String {
        let rest = database.split(separator: " ").filter { !$0.hasPrefix("host=") }
        return (["host=\(folder.path)", "port=6432"] + rest.map(String.init)).joined(separator: " ")
    }
}
