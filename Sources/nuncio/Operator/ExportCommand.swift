import ArgumentParser
import DelegateAPI
import Foundation

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract:
            "Print all delegates with their domains and their keys’ ids, labels and limits; the keys themselves are not stored.",
        discussion: """
            EXAMPLE:
              nuncio export --config nuncio.yaml --format csv > delegates.csv

            The output is for other programs and for people. For a copy that can be restored: nuncio backup.
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case json, csv
    }

    @OptionGroup var options: OperatorOptions
    @Option(help: "json, one object per line, or csv (RFC 4180).")
    var format = Format.json

    private static let columns = [
        "name", "state", "enrolled", "first_published", "last_used", "disabled", "deleted", "prepared_for", "key_ids",
        "key_labels", "key_expiries", "key_networks", "domains", "domain_verdicts",
    ]

    func run() async throws {
        try await OperatorClient.with(options) { client in
            if format == .csv { try printToStandardOutput(Self.line(Self.columns), terminator: Self.end) }
            try await client.delegates(state: nil, text: nil, withDetails: true) { delegate in
                switch format {
                case .json: try printToStandardOutput(JSONLine.text(delegate))
                case .csv: try printToStandardOutput(Self.line(Self.cells(of: delegate)), terminator: Self.end)
                }
            }
        }
    }

    private static func cells(of delegate: DelegateSummary) -> [String] {
        let (keys, domains) = (delegate.keyList ?? [], delegate.domainList ?? [])
        return [
            delegate.name, delegate.state, delegate.enrolled, delegate.firstPublished ?? "", delegate.lastUsed ?? "",
            delegate.disabled ?? "", delegate.deleted ?? "", delegate.preparedFor ?? "",
            keys.map(\.id).joined(separator: " "), plain(keys.map(\.label).joined(separator: " | ")),
            keys.map { $0.expires ?? "never" }.joined(separator: " "),
            keys.map { $0.allowfrom.isEmpty ? "everywhere" : $0.allowfrom.joined(separator: " ") }.joined(separator: " | "),
            domains.map(\.domain).joined(separator: " "), domains.map(\.verdict).joined(separator: " "),
        ]
    }

    /// The end of a line, as RFC 4180 section 2 demands.
    private static let end = "\r\n"

    private static func line(_ cells: [String]) -> String {
        cells.map { cell in
            cell.contains { ",\"\r\n".contains($0) } ? "\"" + cell.replacing("\"", with: "\"\"") + "\"" : cell
        }.joined(separator: ",")
    }

    /// A holder's label, with a quote before it if it begins like a formula: a spreadsheet would evaluate it.
    private static func plain(_ label: String) -> String {
        label.first.map { "=+-@".contains($0) } == true ? "'" + label : label
    }
}
