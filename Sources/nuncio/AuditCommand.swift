import ArgumentParser
import Daemon
import Foundation

struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Look at the audit log of the running server.",
        subcommands: [VerifyCommand.self])

    struct VerifyCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Tell whether the audit log is whole.",
            discussion: """
                EXAMPLE:
                  nuncio audit verify --config /etc/nuncio/nuncio.yaml
                  nuncio audit verify --config /etc/nuncio/nuncio.yaml --noted 1207:3f1c…

                Each entry of the log is tied to all before it by a digest. The command reads the whole log of the running server and \
                names the first entry that was changed, added or taken away. Who can write to the storage could make all digests \
                anew: note the number and digest of the last entry somewhere else from time to time, and give them to --noted later.

                EXIT CODES:
                  0  the log is whole
                  1  it is not
                  6  no server takes requests
                """)

        @OptionGroup var options: ConfigurationOptions

        @Option(help: ArgumentHelp("An entry that must be there, as printed earlier.", valueName: "number:digest"))
        var noted: String?

        @Flag(
            help:
                "Print one JSON object: whole; entries, number and digest of the last, or the number of the entry that is wrong."
        )
        var json = false

        func run() async throws {
            let parts = (noted ?? "").split(separator: ":")
            if noted != nil, parts.count != 2 || UInt64(parts[0]) == nil || parts[1].utf8.count != 64 {
                throw ValidationError(
                    "--noted must be a number, a colon and 64 hexadecimal digits, as “audit verify” prints them")
            }
            let request = (["audit verify"] + parts).joined(separator: " ")
            let answer = try await OperatorConnection.answer(to: request, options)
            if json { print(answer) }
            let line = try JSONDecoder().decode(AuditLine.self, from: Data(answer.utf8))
            if let error = line.error { throw Failure(message: error, exitCode: .unreachable).reported() }
            guard line.isWhole else {
                throw Failure(
                    message:
                        "the audit log is not whole: entry \(line.number ?? 0) is missing, or not the one that was written",
                    exitCode: .failure
                ).reported()
            }
            if !json {
                print(
                    "The audit log is whole: \(line.entries ?? 0) entries. The last: \(line.number ?? 0):\(line.digest ?? "")")
            }
        }
    }
}
