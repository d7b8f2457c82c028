import ArgumentParser
import Daemon
import Delegates
import Foundation
import Signing
import StorageParts

extension DNSSECCommand {
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write the keys that nodes share into a key folder.",
            discussion: """
                EXAMPLE:
                  nuncio dnssec export --output /var/lib/nuncio/nuncio.keys --config nuncio.yaml

                For a server that signs alone from now on, as after “nuncio storage migrate” to SQLite; stop the nodes first. It reads the \
                database itself, with “dnssec.sealing-key-file”, and changes nothing there. The folder must have no keys of the zones. \
                The private keys in it are for the user alone that runs this command: run it as the service's user. With \
                “dnssec.private-keys: credentials” private keys are not in the database, and stay where they are.
                Exit code 4 if the database or the folder cannot be used or a node runs, 5 if this server shares no keys.
                """)

        @Option(help: "The folder for the files. It is made if it is not there.")
        var output: String
        @Option(
            help: "The YAML file. Default: /etc/nuncio/nuncio.yaml, if it exists; otherwise all comes from the environment.")
        var config: String?
        @Flag(help: "Print one JSON object.")
        var json = false

        private struct Report: Encodable {
            struct Zone: Encodable {
                var zone: String
                var keyTags: [UInt16]
                /// Of those that are not in the database.
                var withoutPrivateKey: [UInt16]
            }

            var zones: [Zone]
        }

        func run() async throws {
            let configuration: Configuration
            do throws(ConfigurationProblems) {
                configuration = try Configuration(ConfigurationEntries(file: config), processors: 1)
            } catch {
                for problem in error.all { printToStandardError("nuncio: \(problem)") }
                throw ExitCode.configurationProblem
            }
            umask(0o077)
            do {
                let written = try await KeyExport(configuration).write(to: output)
                guard !json else {
                    return try printToStandardOutput(
                        JSONLine.text(
                            Report(
                                zones: written.map {
                                    Report.Zone(zone: $0.zone, keyTags: $0.tags, withoutPrivateKey: $0.withoutPrivateKey)
                                })))
                }
                var table = TextTable("ZONE", "KEYS", "WITHOUT PRIVATE KEY")
                for zone in written {
                    table.add(
                        [zone.zone] + [zone.tags, zone.withoutPrivateKey].map { $0.map(String.init).joined(separator: " ") })
                }
                for line in table.lines { try printToStandardOutput(line) }
            } catch let failure as KeyExport.Failure {
                throw Failure(message: failure.description, exitCode: .refused).reported()
            } catch let failure as KeyFolder.Failure {
                throw Failure(message: failure.description, exitCode: .cannotOpenStorage).reported()
            } catch let error as StorageError {
                throw Failure(message: error.description, exitCode: .cannotOpenStorage).reported()
            }
        }
    }
}
