import ArgumentParser
import DelegateAPI

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Tell how the running server is.",
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
                print(try JSONLine.text(status))
            } else {
                show(status)
            }
            if status.trouble != nil { throw ExitCode.unreachable }
        }
    }

    private func show(_ status: StatusResponse) {
        func list(_ texts: [String]) -> String { texts.isEmpty ? "none" : texts.joined(separator: " ") }
        print("version        \(status.version)")
        print("up since       \(status.started) (\(status.uptimeSeconds) s)")
        print("storage        \(status.trouble.map { "IN TROUBLE: \($0)" } ?? "well")")
        print("zones          \(list(status.zones))")
        let serials = status.zones.map { zone in "\(zone) \(status.serials[zone].map(String.init) ?? "unknown")" }
        print("serials        \(serials.joined(separator: ", "))")
        print("registration   \(status.registration)")
        print("names          \(status.delegates), deleted ones counted; with values \(status.delegatesWithValues)")
        print("changes        \(status.changes)")
        print("dns            \(list(status.dnsAddresses))")
        print("dns over tls   \(list(status.tlsAddresses))")
        print("api            \(list(status.httpAddresses))")
        print("metrics        \(list(status.metricsAddresses))")
    }
}
