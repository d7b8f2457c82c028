package import Foundation
import Glibc

/// A pooler in front of a PostgreSQL server, on a socket of its own.
package final class Pooler {
    private let process: ChildProcess
    private let kind: Kind
    private let folder: URL
    private static let port = 6432

    package enum Kind: Sendable {
        /// - Parameter mode: `session`, `transaction` or `statement`.
        case pgbouncer(mode: String)
        case pgpool

        private var program: String {
            switch self {
            case .pgbouncer: "/usr/sbin/pgbouncer"
            case .pgpool: "/usr/sbin/pgpool"
            }
        }

        /// Ends it without waiting for clients, and with its own children.
        fileprivate var endSignal: CInt {
            switch self {
            case .pgbouncer: SIGTERM
            case .pgpool: SIGINT
            }
        }

        package var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: program) }

        /// The files that it needs, by their names.
        fileprivate func files(of server: PostgreSQLServer, in folder: String) -> [String: String] {
            switch self {
            case .pgbouncer(let mode):
                [
                    "configuration": """
                    [databases]
                    * = host=\(server.folder)
                    [pgbouncer]
                    pool_mode = \(mode)
                    listen_port = \(port)
                    unix_socket_dir = \(folder)
                    auth_type = trust
                    auth_file = \(folder)/users
                    max_client_conn = 100
                    default_pool_size = 20
                    """, "users": "\"nuncio\" \"\"\n",
                ]
            case .pgpool:
                [
                    "configuration": """
                    backend_clustering_mode = 'raw'
                    listen_addresses = ''
                    port = \(port)
                    socket_dir = '\(folder)'
                    pcp_socket_dir = '\(folder)'
                    pid_file_name = '\(folder)/pid'
                    logdir = '\(folder)'
                    work_dir = '\(folder)'
                    backend_hostname0 = '\(server.folder)'
                    backend_port0 = 5432
                    num_init_children = 4
                    pool_passwd = ''
                    """, "pcp": "", "hba": "",
                ]
            }
        }

        fileprivate func command(in folder: String) -> [String] {
            switch self {
            case .pgbouncer: [program, "\(folder)/configuration"]
            case .pgpool: [program, "-n", "-f", "\(folder)/configuration", "-F", "\(folder)/pcp", "-a", "\(folder)/hba"]
            }
        }
    }

    /// - Parameter folder: the folder to start it in.
    package init(_ kind: Kind, of server: PostgreSQLServer, in folder: URL) throws {
        self.kind = kind
        self.folder = URL(fileURLWithPath: "/tmp/nuncio-pooler-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        let files = kind.files(of: server, in: self.folder.path)
        for (name, text) in files {
            try text.write(to: self.folder.appending(path: name), atomically: true, encoding: .utf8)
        }
        var command = kind.command(in: self.folder.path)
        if geteuid() == 0, let user = getpwnam("nobody") {
            for path in [""] + files.keys {
                chown(self.folder.appending(path: path).path, user.pointee.pw_uid, user.pointee.pw_gid)
            }
            command = ["/usr/bin/setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"] + command
        }
        process = try ChildProcess(command[0], Array(command.dropFirst()), in: folder)
        let socket = self.folder.appending(path: ".s.PGSQL.\(Self.port)").path
        let deadline = ContinuousClock.now.advanced(by: .seconds(30))
        while !FileManager.default.fileExists(atPath: socket), ContinuousClock.now < deadline { poll(nil, 0, 20) }
    }

    deinit {
        process.signal(kind.endSignal)
        let deadline = ContinuousClock.now.advanced(by: .seconds(5))
        while process.isRunning, ContinuousClock.now < deadline { poll(nil, 0, 20) }
        try? FileManager.default.removeItem(at: folder)
    }

    /// The connection string of a database, through the pooler.
    package func connection(to database: String) throws -> String {
        let rest = database.split(separator: " ").filter { !$0.hasPrefix("host=") }
        return (["host=\(folder.path)", "port=\(Self.port)"] + rest.map(String.init)).joined(separator: " ")
    }
}
