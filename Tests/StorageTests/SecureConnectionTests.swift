import Foundation
import Glibc
import PostgreSQL
import TestSupport
import Testing

/// Connections to a PostgreSQL server on another machine: by TLS, with a password.
@Suite(.timeLimit(.minutes(5)))
struct SecureConnectionTests {
    private static let password = "a password of its own"

    /// A server at 127.0.0.1 that is named `localhost`, wants TLS and the password, and has its database and files in a folder.
    private func withServer(_ body: (_ port: Int, _ folder: URL) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            // Files of the server's user: PostgreSQL takes no key that others can read.
            let own = folder.appending(path: "server")
            try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
            try await SelfSignedCertificate.make(named: "localhost", in: own)
            try await SelfSignedCertificate.make(
                named: "elsewhere.example", certificate: "other.crt", key: "other.key", in: folder)
            try "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n"
                .write(to: own.appending(path: "hba"), atomically: true, encoding: .utf8)
            chmod(folder.path, 0o711)
            chmod(own.appending(path: "tls.key").path, 0o600)
            if geteuid() == 0, let user = getpwnam("nobody") {
                for name in ["", "hba", "tls.crt", "tls.key"] {
                    chown(own.appending(path: name).path, user.pointee.pw_uid, user.pointee.pw_gid)
                }
            }
            let port = Int(try FreePort.find())
            let server = try PostgreSQLServer(
                [
                    "fsync=off", "listen_addresses=127.0.0.1", "hba_file=\(own.path)/hba", "ssl=on",
                    "ssl_cert_file=\(own.path)/tls.crt", "ssl_key_file=\(own.path)/tls.key",
                ], port: port)
            try server.execute("ALTER USER nuncio PASSWORD '\(Self.password)'", in: "postgres")
            try await body(port, folder)
        }
    }

    private func passwordFile(_ password: String, in folder: URL) throws -> String {
        let file = folder.appending(path: "passwords")
        try "localhost:*:*:nuncio:\(password)\n".write(to: file, atomically: true, encoding: .utf8)
        chmod(file.path, 0o600)
        return file.path
    }

    private func answer(_ string: String) async throws -> Bool {
        let connection = try await PostgreSQLConnection.open(try ConnectionString(string), name: "test")
        defer { connection.close() }
        let statement = Statement("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        return try await connection.run([statement], until: .now.advanced(by: .seconds(20)))[0].first?.boolean(0) == true
    }

    @Test func `a server that proves its name is talked to by TLS, with the password of a file`() async throws {
        try await withServer { port, folder in
            let passwords = try passwordFile(Self.password, in: folder)
            let string = "host=localhost port=\(port) dbname=postgres user=nuncio passfile=\(passwords)"
            let proven = "\(string) sslmode=verify-full sslrootcert=\(folder.path)/server/tls.crt"
            #expect(try await answer(proven))
            #expect(
                try await answer(
                    proven.replacing("host=localhost", with: "host=localhost,localhost hostaddr=127.0.0.9,127.0.0.1")))

            // Another authority, another name, and a name that the certificate lacks.
            for (word, other) in [
                ("certificate verify failed", "\(string) sslmode=verify-full sslrootcert=\(folder.path)/other.crt"),
                (
                    "does not match host name",
                    proven.replacing("host=localhost", with: "host=elsewhere.example hostaddr=127.0.0.1")
                ),
                ("root certificate file", "\(string) sslmode=verify-full sslrootcert=\(folder.path)/nowhere.crt"),
                ("no pg_hba.conf entry", "\(string) sslmode=disable"),
            ] {
                let error = await #expect(throws: PostgreSQLError.self, "\(other)") { try await answer(other) }
                #expect(error.map { "\($0)" }?.contains(word) == true, "\(String(describing: error))")
            }
        }
    }

    @Test func `a wrong password is refused, and not told`() async throws {
        try await withServer { port, folder in
            let secret = "some-other-password"
            let place = "host=localhost port=\(port) dbname=postgres user=nuncio sslmode=verify-full"
            let root = "sslrootcert=\(folder.path)/server/tls.crt"
            for string in [
                "\(place) \(root) passfile=\(try passwordFile(secret, in: folder))", "\(place) \(root) password=\(secret)",
                "postgresql://nuncio:\(secret)@localhost:\(port)/postgres?sslmode=verify-full&\(root)",
            ] {
                let error = await #expect(throws: PostgreSQLError.self) { try await answer(string) }
                let words = error.map { "\($0)" } ?? ""
                #expect(words.contains("password authentication failed") && !words.contains(secret), "\(words)")
                #expect(!"\(try ConnectionString(string))".contains(secret))
            }
        }
    }
}
