import ArgumentParser
import Daemon
import Foundation

/// The sources of the configuration: a file, which the environment overrides, which these options override.
struct ConfigurationOptions: ParsableArguments {
    @Option(
        help: """
            The YAML file. Default: /etc/nuncio/nuncio.yaml, if it exists and no zone is given otherwise; without a file, \
            everything comes from the environment and the options.
            """)
    var config: String?

    @Option(name: .customLong("zone"), help: "A zone to serve; the first is where delegates are enrolled. (zones)")
    var zones: [String] = []

    @Option(help: "Where to answer DNS, like 192.0.2.53:53 or [2001:db8::53]:53. (nameserver.listen)")
    var dnsListen: [String] = []

    @Option(help: "Where to serve the API. (webserver.listen)")
    var httpListen: [String] = []

    @Option(help: "The URL under which clients reach the API. (webserver.public-url)")
    var publicURL: String?

    @Option(help: "closed, token or open. (registration.mode)")
    var registration: String?

    @Option(help: "The SQLite file. (storage.sqlite.path)")
    var storage: String?

    @Option(help: "trace, debug, info, notice, warning, error or critical. (logging.level)")
    var logLevel: String?

    @Option(help: "text or json. (logging.format)")
    var logFormat: String?

    /// Reads all sources, and notes their problems.
    func entries() -> ConfigurationEntries {
        var entries = ConfigurationEntries()
        if let file = DefaultConfiguration.file(given: config, unless: .zones, isOption: !zones.isEmpty) {
            entries.add(file: file)
        }
        entries.add(environment: ProcessInfo.processInfo.environment)
        let options: [(name: String, key: String, values: [String])] = [
            ("--zone", "zones", zones),
            ("--dns-listen", "nameserver.listen", dnsListen),
            ("--http-listen", "webserver.listen", httpListen),
            ("--public-url", "webserver.public-url", publicURL.map { [$0] } ?? []),
            ("--registration", "registration.mode", registration.map { [$0] } ?? []),
            ("--storage", "storage.sqlite.path", storage.map { [$0] } ?? []),
            ("--log-level", "logging.level", logLevel.map { [$0] } ?? []),
            ("--log-format", "logging.format", logFormat.map { [$0] } ?? []),
        ]
        for option in options { entries.add(option: option.name, for: option.key, values: option.values) }
        return entries
    }

    func configuration(from entries: ConfigurationEntries) throws(ConfigurationProblems) -> Configuration {
        try Configuration(entries, processors: ProcessInfo.processInfo.activeProcessorCount)
    }
}
