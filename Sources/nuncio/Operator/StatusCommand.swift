import ArgumentParser
import DelegateAPI

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the state of the running server.",
        discussion: """
            EXAMPLE:
              nuncio status --config nuncio.yaml

            Exit code 0 if values can be published, 6 if not or if there is no server.
            """)

    @OptionGroup var options: OperatorOptions
    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        try await OperatorClient.with(options) { client in
            let status: StatusResponse = try await client.get(["status"])
            if json {
                try printToStandardOutput(JSONLine.text(status))
            } else {
                try show(status)
            }
            if status.trouble != nil { throw ExitCode.unreachable }
        }
    }

    private func show(_ status: StatusResponse) throws {
        func list(_ texts: [String]) -> String { texts.isEmpty ? "none" : texts.joined(separator: " ") }
        try printToStandardOutput("version        \(status.version)")
        try printToStandardOutput("up since       \(status.started) (\(status.uptimeSeconds) s)")
        try printToStandardOutput("storage        \(status.trouble.map { "IN TROUBLE: \($0)" } ?? "fine")")
        try printToStandardOutput("zones          \(list(status.zones))")
        let serials = status.zones.map { zone in "\(zone) \(status.serials[zone].map(String.init) ?? "unknown")" }
        try printToStandardOutput("serials        \(serials.joined(separator: ", "))")
        try printToStandardOutput("registration   \(status.registration)")
        try printToStandardOutput(
            "names          \(status.delegates), including deleted ones; with values \(status.delegatesWithValues)")
        try printToStandardOutput("changes        \(status.changes)")
        try printToStandardOutput("dns            \(list(status.dnsAddresses))")
        try printToStandardOutput("dns over tls   \(list(status.tlsAddresses))")
        try printToStandardOutput("api            \(list(status.httpAddresses))")
        try printToStandardOutput("metrics        \(list(status.metricsAddresses))")
    }
}
