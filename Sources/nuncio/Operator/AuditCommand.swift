import ArgumentParser
import DelegateAPI
import Delegates
import Foundation

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Show and check the audit log: every event that matters for security.",
        discussion: """
            EXAMPLE:
              nuncio audit tail --config nuncio.yaml
              nuncio audit verify --config nuncio.yaml
            """,
        subcommands: [Tail.self, Verify.self])
}

extension AuditCommand {
    struct Tail: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the last entries and, with --follow, new ones.",
            discussion: """
                EXAMPLE:
                  nuncio audit tail --config nuncio.yaml --lines 50
                  nuncio audit tail --config nuncio.yaml --delegate web1 --follow
                """)

        @OptionGroup var options: OperatorOptions
        @Option(name: [.customShort("n"), .long], help: "How many of the last entries to show, 1 to 1000.")
        var lines = 20
        @Option(help: "Only what happened to this delegate.")
        var delegate: String?
        @Flag(help: "Go on with new entries, until Ctrl-C.")
        var follow = false
        @Flag(help: "Print one JSON object per line.")
        var json = false

        private static let period = Duration.seconds(1)

        func validate() throws {
            guard 1...1000 ~= lines else { throw ValidationError("--lines must be a number from 1 to 1000") }
        }

        func run() async throws {
            try await OperatorClient.with(options) { client in
                var last = try await show(client, after: 0, maximum: lines)
                while follow {
                    try await Task.sleep(for: Self.period)
                    last = try await show(client, after: last, maximum: 1000)
                }
            }
        }

        /// - Returns: the number of the last entry that was seen.
        private func show(_ client: OperatorClient, after last: UInt64, maximum: Int) async throws -> UInt64 {
            let answer: HistoryResponse = try await client.get(
                ["audit"], query: [("limit", String(maximum)), ("delegate", delegate)])
            let events = answer.events.reversed().filter { $0.number > last }
            if last > 0, events.count == maximum { printToStandardError("(More came than can be shown.)") }
            for event in events { try printToStandardOutput(json ? JSONLine.text(event) : Self.text(of: event)) }
            // The reader of a pipe wants each line when it comes.
            try StandardOutput.flush()
            return events.last?.number ?? last
        }

        private static func text(of event: HistoryEvent) -> String {
            [
                "\(event.number)", event.time, event.event, event.delegate ?? "-", "by \(event.actor)",
                event.from.map { "from \($0)" }, event.detail.map { "(\($0))" },
            ].compactMap(\.self).joined(separator: "  ")
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check whether the audit log is as it was written.",
            discussion: """
                EXAMPLE:
                  nuncio audit verify --config nuncio.yaml
                  nuncio audit verify --config nuncio.yaml --noted "$NUMBER:$DIGEST"

                Each entry is tied to all before it. Note the number and digest of the last entry somewhere else: anybody who \
                changes an entry would have to change all that follow, and the noted one shows it. Exit code 0 if the log is \
                whole, 1 if not, 7 if it is whole in itself but the noted entry is gone.
                """)

        @OptionGroup var options: OperatorOptions
        @Option(help: ArgumentHelp("An entry that must be in it, printed by an earlier check.", valueName: "number:digest"))
        var noted: String?
        @Flag(
            help:
                "Print one JSON object: whole; entries, and number and digest of the last one, or the number of the wrong entry, and noted_entry if the noted entry is gone."
        )
        var json = false

        func validate() throws {
            guard let noted, NotedEntry(noted) == nil else { return }
            throw ValidationError("--noted must be a number, a colon and 64 hexadecimal digits, as “audit verify” prints them")
        }

        func run() async throws {
            try await OperatorClient.with(options) { client in
                let verdict: AuditVerdictResponse = try await client.get(["audit", "verify"], query: [("noted", noted)])
                if json { try printToStandardOutput(JSONLine.text(verdict)) }
                if let state = verdict.notedEntry {
                    throw Failure(message: Self.text(of: state, verdict), exitCode: .notedEntryGone)
                }
                guard verdict.whole else {
                    throw Failure(
                        message:
                            "the audit log is not whole: entry \(verdict.number) is missing, or not the one that was written",
                        exitCode: .failure)
                }
                if !json {
                    try printToStandardOutput(
                        "The audit log is whole: \(verdict.entries ?? 0) entries. The last: \(verdict.number):\(verdict.digest ?? "")"
                    )
                }
            }
        }

        private static func text(
            of state: AuditVerdictResponse.NotedEntryState, _ verdict: AuditVerdictResponse
        ) -> String {
            let boundary = verdict.boundary ?? 0
            let reason =
                switch state {
                case .erased:
                    "the log ends with entry \(boundary): it was erased and started again, or an older storage was restored"
                case .replaced:
                    "another entry has the number \(verdict.number): the log was erased and started again, or the entry was noted on "
                        + "another server"
                case .shortened:
                    "the log begins after entry \(boundary). This is normal if it was noted longer ago than "
                        + "audit.retention-days or more than audit.maximum-entries before the last; otherwise the log was erased"
                }
            return "the noted entry is gone: " + reason
        }
    }
}
