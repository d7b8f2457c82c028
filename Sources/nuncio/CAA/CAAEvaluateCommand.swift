import ArgumentParser
import CAA
import DNS

extension CAACommand {
    struct Evaluate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "evaluate",
            abstract: "Say whether CAA records let an account obtain a certificate, as Let’s Encrypt decides it.",
            discussion: """
                EXAMPLE:
                  nuncio caa evaluate --authority letsencrypt.org --account other \\
                      --record '0 issue "letsencrypt.org;"'

                It asks nobody: the records are all of one name. “other” is any account that no record names. Near misses, such as \
                “accounturl”, are told on standard error, with the record to write instead.

                Exit code 0 if it is allowed, 1 if it is denied, 2 if a record cannot be read.
                """)

        @Option(
            help: ArgumentHelp(
                "A CAA record: flags, tag and value, or a line of a zone file; may be given several times.", valueName: "record"
            ))
        var record: [String]

        @Option(
            help: ArgumentHelp("The authority’s name in CAA records.", valueName: "name"), transform: CAACommand.authority)
        var authority: String

        @Option(
            help: ArgumentHelp("The URI of the account, or “other” for any other account.", valueName: "uri"))
        var account: String

        @Option(help: "The method of validation.")
        var method = ValidationMethod.dns01

        @Flag(help: "The certificate is for a wildcard.")
        var wildcard = false

        @Flag(
            help:
                "Print one JSON object: allowed, because, records, authority, honours_rfc8657, account, method, wildcard, findings."
        )
        var json = false

        func validate() throws {
            guard !record.isEmpty else { throw ValidationError("a record is missing: --record '0 issue \"letsencrypt.org\"'") }
            guard account != "other" else { return }
            do {
                _ = try AccountURI(account)
            } catch {
                throw ValidationError("\(error.description); or write “other”")
            }
        }

        func run() async throws {
            let set = RelevantSet(owner: nil, records: try record.map { try Self.read($0).data })
            let known = AuthorityTable.authority(authority, on: CAACommand.today)
            let evaluation = CAAEvaluation(
                authority: known, account: account == "other" ? .other(than: set.accounts) : .uri(account), method: method,
                isWildcard: wildcard)
            let verdict = evaluation.verdict(over: set)
            let findings = CAASpelling.findings(in: set)
            if json {
                try printToStandardOutput(try JSONLine.text(Report(self, evaluation, verdict, findings)))
            } else {
                try printToStandardOutput("\(verdict.isAllowed ? "allowed" : "denied"): \(verdict.because)")
                tell(findings)
                if known.honoursRFC8657 != .yes {
                    printToStandardError(
                        "nuncio: warning: \(authority) is not known to honour accounturi and validationmethods before \(AuthorityTable.obligation)"
                    )
                }
            }
            if !verdict.isAllowed { throw ExitCode.failure }
        }

        private static func read(_ text: String) throws -> CAARecord {
            do {
                return try CAARecord(presentation: text)
            } catch {
                throw Failure(message: "“\(text)” is no CAA record: \(error)", exitCode: .configurationProblem)
            }
        }

        private func tell(_ findings: [SpellingFinding]) {
            for finding in findings { printToStandardError("nuncio: warning: \(finding.record): \(finding.summary)") }
            var told: Set<[CAARecord]> = [[]]
            for finding in findings where told.insert(finding.corrected).inserted {
                printToStandardError("Instead of \(finding.record) write:")
                for record in finding.corrected { printToStandardError("    \(record)") }
            }
        }
    }
}

extension CAACommand.Evaluate {
    /// The object of `--json`.
    private struct Report: Encodable {
        let allowed: Bool
        let because: String
        let records: [String]
        let authority: String
        let honoursRfc8657: String
        let account: String
        let method: String
        let wildcard: Bool
        let findings: [Finding]

        struct Finding: Encodable {
            let kind: String
            let effect: String
            let summary: String
            let record: String
            let corrected: [String]
        }

        init(
            _ command: CAACommand.Evaluate, _ evaluation: CAAEvaluation, _ verdict: CAAVerdict, _ findings: [SpellingFinding]
        ) {
            allowed = verdict.isAllowed
            because = verdict.because
            records = verdict.records.map(\.description)
            authority = command.authority
            honoursRfc8657 = evaluation.authority.honoursRFC8657.rawValue
            account = command.account
            method = evaluation.method.rawValue
            wildcard = evaluation.isWildcard
            self.findings = findings.map {
                Finding(
                    kind: $0.kind.rawValue, effect: $0.effect.rawValue, summary: $0.summary, record: $0.record.description,
                    corrected: $0.corrected.map(\.description))
            }
        }
    }
}
