import AcmeDNS
import ArgumentParser
import Daemon
import Foundation
import Getlocalcert
import Importing
import SystemErrors

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Import from another server.",
        discussion: """
            EXAMPLE:
              nuncio import acme-dns --config nuncio.yaml \\
                  --database /var/lib/acme-dns/acme-dns.db
              nuncio import getlocalcert --config nuncio.yaml \\
                  --database postgresql://localcert@db.example.net/localcert
            """,
        subcommands: [FromAcmeDNS.self, FromGetlocalcert.self])
}

extension ImportCommand {
    struct FromAcmeDNS: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "acme-dns",
            abstract:
                "Import the accounts of an acme-dns database. With SQLite as the storage, the server must not be running.",
            discussion: """
                EXAMPLE:
                  nuncio import acme-dns --config nuncio.yaml \\
                      --database /var/lib/acme-dns/acme-dns.db --dry-run
                  nuncio import acme-dns --config nuncio.yaml \\
                      --database postgresql://acmedns@db.example.net/acmedns

                User names, subdomains, allowed networks, values and keys are kept: clients need no change, and CNAMEs point \
                where they did, if this server serves acme-dns's zone. What is already here stays as it is, so an import can \
                be repeated at any time. Exit code 5 if accounts were refused; each is reported with the reason.

                Nothing is written to the database or beside it. Reading SQLite takes temporary files, up to twice the size of the \
                database. They are put into the folder of TMPDIR, or else beside the storage. For PostgreSQL, give a URL or a \
                connection string like "host=/run/postgresql dbname=acmedns", and the password in PGPASSFILE: others on this machine \
                can see what is on the command line. A server elsewhere must show a certificate for its name, unless sslmode says \
                otherwise.
                """)

        @Option(help: "acme-dns's SQLite file, or how to reach its PostgreSQL database. It is only read, and acme-dns may run.")
        var database: String
        @OptionGroup var options: ImportOptions

        func validate() throws {
            guard !database.isEmpty else {
                throw ValidationError("--database is empty: give the path of acme-dns’s SQLite file, or a PostgreSQL URL")
            }
        }

        func run() async throws {
            switch try ImportDatabase(database) {
            case .file(let path):
                try await options.run(file: path, of: "accounts") { configuration in
                    let folder =
                        configuration.storage.sqlitePath.map { FilePath.folder(of: $0) } ?? configuration.state.folder ?? "."
                    return try AcmeDNSDatabase(
                        path: path,
                        temporaryFolder: AcmeDNSDatabase.temporaryFolder(
                            environment: ProcessInfo.processInfo.environment, besides: folder))
                }
            case .server(let string):
                try await options.run(of: "accounts") { _ in try await AcmeDNSServerDatabase.open(string) }
            }
        }
    }

    struct FromGetlocalcert: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "getlocalcert",
            abstract:
                "Import the delegates of a getlocalcert database. With SQLite as the storage, the server must not be running.",
            discussion: """
                EXAMPLE:
                  nuncio import getlocalcert --config nuncio.yaml \\
                      --database postgresql://localcert@db.example.net/localcert --dry-run

                The ids and hashes of keys, the first labels of names, and values are kept: clients need the new URL alone, and CNAMEs \
                point where they did, if this server serves getlocalcert's zone. Names that were registered on getlocalcert's website \
                are refused: their values are at _acme-challenge below them. What is already here stays as it is, so an import can be \
                repeated at any time. Exit code 5 if names were refused; each is reported with the reason.

                Nothing is written to the database. Give the password in PGPASSFILE: others on this machine can see what is on the \
                command line. A server elsewhere must show a certificate for its name, unless sslmode says otherwise.
                """)

        @Option(
            help: """
                How to reach getlocalcert's PostgreSQL database: a URL, or a connection string like \
                "host=/run/postgresql dbname=localcert". It is only read, and getlocalcert may run.
                """)
        var database: String
        @OptionGroup var options: ImportOptions

        func validate() throws {
            guard !database.isEmpty else { throw ValidationError("--database is empty: give a PostgreSQL URL") }
        }

        func run() async throws {
            guard case .server(let string) = try ImportDatabase(database) else {
                throw Failure(
                    message:
                        "“\(database)” is a path, and getlocalcert has its data in PostgreSQL: give \(ImportDatabase.forms)",
                    exitCode: .refused
                ).reported()
            }
            try await options.run(of: "zones") { _ in try await GetlocalcertDatabase.open(string) }
        }
    }
}
