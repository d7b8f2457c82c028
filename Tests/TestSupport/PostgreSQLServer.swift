import Foundation
import Glibc
import Synchronization

/// A PostgreSQL server that tests have started, in a folder and on a socket of its own. It ends with the process.
package final class PostgreSQLServer: Sendable {
    /// The folder with the socket and the data.
    package let folder: String
    /// The port of its socket, and at the addresses that it listens to, if any.
    private let port: Int
    private let process: ChildProcess
    private let databaseCount = Mutex(0)

    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    private static let programs = "/usr/lib/postgresql/15/bin"

    /// The server that all tests of this process share. It is started when the first test asks for it.
    private static let started = Mutex<Result<PostgreSQLServer, Failure>?>(nil)

    package static var shared: PostgreSQLServer {
        get throws {
            try started.withLock { started in
                if let started { return try started.get() }
                // No test cuts the power: nothing waits for the disk.
                let settings = ["fsync=off", "full_page_writes=off"]
                let result = Result { try PostgreSQLServer(settings) }.mapError { Failure(description: "\($0)") }
                started = result
                return try result.get()
            }
        }
    }

    /// Makes a cluster and starts it. PostgreSQL refuses to run as root: then it runs as “nobody”.
    ///
    /// - Parameters:
    ///   - settings: settings of `postgresql.conf`.
    ///   - port: a free port, if it is to listen to an address.
    package init(_ settings: [String] = [], port: Int = 5432) throws {
        self.port = port
        folder = "/tmp/nuncio-postgresql-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        if geteuid() == 0, let user = getpwnam("nobody") { chown(folder, user.pointee.pw_uid, user.pointee.pw_gid) }
        let url = URL(fileURLWithPath: folder)
        let log = url.appending(path: "log")
        try Self.run(
            "initdb",
            [
                "--pgdata", folder + "/data", "--auth", "trust", "--username", "nuncio", "--no-sync", "--locale", "C.UTF-8",
            ], in: url)
        let options =
            ["listen_addresses=", "port=\(port)", "unix_socket_directories=\(folder)", "max_connections=400"] + settings
        process = try Self.start(
            "postgres", ["-D", folder + "/data"] + options.flatMap { ["-c", $0] }, in: url, error: log)
        let deadline = ContinuousClock.now.advanced(by: .seconds(60))
        while (try? Self.run("pg_isready", ["--host", folder, "--port", "\(port)", "--quiet"], in: url)) == nil {
            guard process.isRunning, ContinuousClock.now < deadline else {
                throw Failure(description: (try? String(contentsOf: log, encoding: .utf8)) ?? "PostgreSQL did not start")
            }
            poll(nil, 0, 50)
        }
        Self.endWithProcess(self)
    }

    deinit {
        process.signal(SIGQUIT)
        _ = process.waitForExit()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// The servers to end when the process ends: nothing else would.
    private static let running = Mutex<[(processID: Int32, folder: String)]>([])

    private static func endWithProcess(_ server: PostgreSQLServer) {
        let isFirst = running.withLock { running in
            running.append((server.process.processID, server.folder))
            return running.count == 1
        }
        guard isFirst else { return }
        atexit {
            for (processID, folder) in PostgreSQLServer.running.withLock(\.self) {
                kill(processID, SIGQUIT)
                poll(nil, 0, 200)
                try? FileManager.default.removeItem(atPath: folder)
            }
        }
    }

    /// Makes an empty database.
    ///
    /// - Returns: its connection string.
    package func makeDatabase() throws -> String {
        let name = databaseCount.withLock { count in
            count += 1
            return "test\(count)"
        }
        try execute("CREATE DATABASE \(name) STRATEGY file_copy", in: "postgres")
        return "host=\(folder) user=nuncio dbname=\(name)"
    }

    /// Runs SQL as the administrator.
    package func execute(_ sql: String, in database: String) throws {
        try Self.run(
            "psql",
            [
                "--host", folder, "--port", "\(port)", "--username", "nuncio", "--no-psqlrc", "--quiet",
                "--set", "ON_ERROR_STOP=1", "--command", sql, database,
            ],
            in: URL(fileURLWithPath: folder))
    }

    /// Stops or continues the server, with all its processes' parent: SIGSTOP, SIGCONT, SIGINT …
    package func signal(_ number: CInt) { process.signal(number) }

    @discardableResult
    private static func run(_ program: String, _ arguments: [String], in folder: URL) throws -> Int {
        let error = folder.appending(path: "\(program).\(UUID().uuidString.prefix(8)).error")
        let code = try start(program, arguments, in: folder, error: error).waitForExit()
        guard code == 0 else {
            let words = (try? String(contentsOf: error, encoding: .utf8)) ?? "exit code \(code)"
            throw Failure(description: "\(program): \(words)")
        }
        try? FileManager.default.removeItem(at: error)
        return code
    }

    private static func start(_ program: String, _ arguments: [String], in folder: URL, error: URL) throws -> ChildProcess {
        let path = "\(programs)/\(program)"
        guard geteuid() == 0 else { return try ChildProcess(path, arguments, in: folder, error: error) }
        return try ChildProcess(
            "/usr/bin/setpriv", ["--reuid", "nobody", "--regid", "nogroup", "--clear-groups", path] + arguments, in: folder,
            error: error)
    }
}

extension PostgreSQLServer {
    /// Stops all processes of the server: connections stay, and nothing answers.
    package func stopAll() { signalAll(SIGSTOP) }

    package func continueAll() { signalAll(SIGCONT) }

    private func signalAll(_ number: CInt) {
        // The server's processes are in its session, as its children.
        let parent = process.processID
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        for child in entries.compactMap({ Int32($0) }) {
            guard let status = try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8),
                let rest = status.split(separator: ")").last,
                rest.split(separator: " ").dropFirst().first.flatMap({ Int32($0) }) == parent
            else { continue }
            kill(child, number)
        }
        process.signal(number)
    }
}
