import ArgumentParser
import Daemon
import Foundation

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Look at a configuration without running it.",
        discussion: """
            EXAMPLE:
              nuncio config check --config nuncio.yaml
              nuncio config records --config nuncio.yaml
            """,
        subcommands: [Check.self, Records.self])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "List everything that is wrong, and what the parent zone needs.",
            discussion: """
                EXAMPLE:
                  nuncio config check --config nuncio.yaml
                  nuncio config check --config nuncio.yaml --json | jq -r '.parent_zone[]'

                Exit code 0 if a server would start with it as far as can be told without binding addresses, 2 if not.
                """)

        @OptionGroup var options: ConfigurationOptions

        @Flag(help: "Print one JSON object: problems, warnings, parent_zone, challenge_records, without_keys.")
        var json = false

        func run() async throws {
            let entries = options.entries()
            var report = Report(warnings: entries.warnings.map(\.description))
            do {
                let configuration = try options.configuration(from: entries)
                report.warnings = configuration.warnings.map(\.description)
                if let problem = configuration.certificateProblem { report.problems.append(problem) }
                if let problem = configuration.misplacedKeysProblem { report.problems.append(problem) }
                let parent = ParentZone(of: configuration)
                report.parentZone = parent.lines
                report.challengeRecords = configuration.challengeRecordsElsewhere
                do {
                    for zone in try await parent.security() {
                        report.parentZone += zone.ds
                        if !zone.hasKeys { report.withoutKeys.append(zone.zone) }
                        if let problem = zone.problem { report.warnings.append(problem) }
                    }
                } catch {
                    report.problems.append("\(error)")
                }
            } catch {
                report.problems = error.all.map(\.description)
            }
            if json { try printJSON(report) } else { try printText(report) }
            guard report.problems.isEmpty else { throw ExitCode.configurationProblem }
        }

        private struct Report: Encodable {
            var problems: [String] = []
            var warnings: [String] = []
            var parentZone: [String] = []
            /// The records that the server's own certificate needs in zones elsewhere.
            var challengeRecords: [String] = []
            /// The zones that get their keys at the first start.
            var withoutKeys: [String] = []
        }

        private func printJSON(_ report: Report) throws { try printToStandardOutput(JSONLine.text(report)) }

        private func printText(_ report: Report) throws {
            for warning in report.warnings { printToStandardError("warning: \(warning)") }
            for problem in report.problems { printToStandardError("nuncio: \(problem)") }
            guard report.problems.isEmpty else { return }
            try printToStandardOutput("The configuration is right.")
            try printToStandardOutput("")
            try printToStandardOutput("The parent zone must contain:")
            for line in report.parentZone { try printToStandardOutput("    \(line)") }
            if !report.challengeRecords.isEmpty {
                try printToStandardOutput("")
                try printToStandardOutput("The server’s own certificate needs, in the zones of its names:")
                for line in report.challengeRecords { try printToStandardOutput("    \(line)") }
            }
            for zone in report.withoutKeys {
                try printToStandardOutput("")
                try printToStandardOutput(
                    "\(zone) gets its keys at the first start. “nuncio dnssec ds” then prints the DS record for its parent.")
            }
        }
    }
}
