import ArgumentParser
import CProcess
import Glibc

@main
struct Nuncio: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nuncio",
        abstract: "An ACME-challenge delegate server: a name server that certificate authorities ask, and the acme-dns API.",
        discussion: """
            EXAMPLE:
              nuncio setup
              nuncio config check --config nuncio.yaml
              nuncio serve --config nuncio.yaml
              nuncio register --server http://127.0.0.1:8080 --output credential.json
              nuncio publish "$VALUE" --credentials credential.json

            EXIT CODES:
              0  done
              1  something failed unexpectedly, or standard output cannot be written; for “caa evaluate”: denied
              2  the configuration is wrong; each problem is listed; for “caa evaluate”: a record cannot be read
              3  the server cannot listen on an address
              4  the storage, the state folder or the key folder cannot be opened
              5  the server refused the request, a file of credentials, keys or accounts is wrong, or the socket is not the server's
              6  the server cannot be reached or cannot do it now
              7  the audit log does not have the noted entry
              8  set-up is not complete: a record is missing or wrong, or the server does not answer
              64 the command line is wrong
            """,
        version: "nuncio \(version)",
        subcommands: [
            SetupCommand.self, ServeCommand.self, ConfigCommand.self, RegisterCommand.self, PublishCommand.self,
            DoctorCommand.self, StatusCommand.self, DelegatesCommand.self, KeysCommand.self, DomainsCommand.self,
            GroupsCommand.self,
            TokensCommand.self, NodesCommand.self, AuditCommand.self, DNSSECCommand.self, CertificateCommand.self,
            TraceCommand.self,
            CAACommand.self, ReloadCommand.self, ExportCommand.self, BackupCommand.self, RestoreCommand.self,
            ImportCommand.self, StorageCommand.self,
        ])

    static func main() async {
        StandardOutput.reserveDescriptors()
        // A pipe without a reader becomes an error, and does not end the process without a word.
        signal(SIGPIPE, SIG_IGN)
        // Each command has keys in its memory, or what a key would open.
        if !process_hide_memory() { printToStandardError("nuncio: warning: a crash could leave a core dump with keys in it") }
        do {
            let arguments = PublishCommand.protectingValue(in: Array(CommandLine.arguments.dropFirst()))
            var command = try await asyncParseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            try StandardOutput.flush()
        } catch {
            end(error)
        }
    }

    /// Reports an error, or prints what `--help` and the like asked for, and ends the process.
    private static func end(_ error: any Error) -> Never {
        do throws(Failure) {
            if exitCode(for: error).isSuccess { try printToStandardOutput(fullMessage(for: error)) }
            try StandardOutput.flush()
        } catch {
            exit(withError: error.reported())
        }
        if let failure = error as? Failure { exit(withError: failure.reported()) }
        exit(withError: exitCode(for: error).isSuccess ? ExitCode.success : error)
    }
}
