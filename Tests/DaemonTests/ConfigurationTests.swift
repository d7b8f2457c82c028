import Authority
import DNS
import Delegates
import Foundation
import Logging
import Sockets
import TestSupport
import Testing

@testable import Daemon

struct ConfigurationTests {
    /// The example in the documentation; it must work as it stands.
    static let example = """
        zones: ["delegates.example.net"]        # the first one is where new delegates are enrolled
        nameservers: ["ns1.delegates.example.net"]
        contact: "hostmaster@example.net"
        records:
          - "ns1.delegates.example.net. 3600 IN A 192.0.2.53"
          - "delegates.example.net. 3600 IN A 192.0.2.80"
        nameserver:
          listen: ["127.0.0.1:5353", "[::1]:5353"]
        webserver:
          listen: ["127.0.0.1:8080"]
          public-url: "http://127.0.0.1:8080"
        registration:
          mode: "open"                          # closed | token | open
        storage:
          sqlite:
            path: "nuncio.db"
        logging:
          level: "info"
          format: "text"                        # text | json
        """

    private func read(
        _ yaml: String, environment: [String: String] = [:], options: [(String, String, [String])] = []
    ) async throws -> Configuration {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "nuncio.yaml")
            try Data(yaml.utf8).write(to: file)
            var entries = ConfigurationEntries()
            entries.add(file: file.path)
            entries.add(environment: environment)
            for option in options { entries.add(option: option.0, for: option.1, values: option.2) }
            return try Configuration(entries, processors: 3)
        }
    }

    /// The problems as `line: text`, without the file's name.
    private func problems(
        _ yaml: String, environment: [String: String] = [:], options: [(String, String, [String])] = []
    ) async throws -> [String] {
        do {
            _ = try await read(yaml, environment: environment, options: options)
            return []
        } catch let problems as ConfigurationProblems {
            return problems.all.map { problem in
                problem.description.replacing(/^\/[^:]*nuncio\.yaml:/, with: "")
            }
        }
    }

    @Test func `the example works as it stands`() async throws {
        let configuration = try await read(Self.example)
        #expect(configuration.enrolmentZone == (try DomainName("delegates.example.net")))
        #expect(configuration.nameserver.listen.map(\.description) == ["127.0.0.1:5353", "[::1]:5353"])
        #expect(configuration.nameserver.threads == 3)
        #expect(configuration.nameserver.maximumConnections == 1000)
        #expect(configuration.webserver.listen.map(\.description) == ["127.0.0.1:8080"])
        #expect(configuration.webserver.publicURL == "http://127.0.0.1:8080")
        #expect(configuration.registration.mode == .open && configuration.limits.registrationsPerHour == 1000)
        #expect(configuration.limits.failuresPerMinute == 60 && configuration.limits.updatesPerHour == 1000)
        #expect(configuration.limits.credentials == 2)
        #expect(configuration.storage.sqlitePath == "nuncio.db")
        #expect(configuration.logging.level == .info && configuration.logging.format == .text)
    }

    @Test func `the parent zone gets name servers and glue`() async throws {
        let lines = ParentZone(of: try await read(Self.example)).lines
        #expect(
            lines == [
                "delegates.example.net. 3600 IN NS ns1.delegates.example.net.",
                "ns1.delegates.example.net. 3600 IN A 192.0.2.53",
            ])
    }

    private static let minimal = """
        zones: [d.example]
        nameservers: [ns.elsewhere.test]
        contact: hostmaster@example.net
        nameserver:
          listen: ["127.0.0.1:53"]

        """

    @Test func `what is not given has a safe default`() async throws {
        let configuration = try await read(Self.minimal)
        #expect(configuration.registration.mode == .closed)
        #expect(configuration.webserver.listen.map(\.description) == ["127.0.0.1:8080"])
        #expect(configuration.webserver.trustedProxies.isEmpty)
        #expect(configuration.metricsListen.map(\.description) == ["127.0.0.1:9553"])
        #expect(configuration.nameserver.rateLimit.octetsPerSecond == 20_000)
        #expect(configuration.signing.isOn && configuration.signing.keyFolder == "nuncio.db.keys")
        #expect(configuration.signing.credentialsPath == nil && !configuration.signing.hasSplitKeys)
        let loopback = ["127.0.0.0/8", "::1/128"].compactMap { IPNetwork($0) }
        #expect(configuration.nameserver.rateLimit.exempt == loopback)
    }

    @Test func `an empty list tells metrics nowhere, and exempts nobody from the rate limit`() async throws {
        let configuration = try await read(
            Self.minimal.replacing("nameserver:", with: "metrics:\n  listen: []\nnameserver:\n  rate-limit-exempt: []"))
        #expect(configuration.metricsListen.isEmpty && configuration.nameserver.rateLimit.exempt.isEmpty)
    }

    @Test(arguments: [
        ("registraton:\n  mode: open", "6: there is no key “registraton”; did you mean “registration”?"),
        ("registration:\n  mod: open", "7: there is no key “registration.mod”; did you mean “registration.mode”?"),
        (
            "operator:\n  listen: [\"127.0.0.1:9554\"]",
            "7: “operator.listen” needs “operator.token-file”: clients over TCP must know a token"
        ),
        (
            "operator:\n  listen: [\"127.0.0.1:9554\"]\n  token-file: /dev/null",
            "8: “operator.token-file”: “/dev/null” cannot be read: it is not a file, but a device, a pipe or a socket"
        ),
        ("operator:\n  listen: [\"127.0.0.1:9554\"]\n  token-file: /tmp", "“/tmp” cannot be read: it is a folder"),
        ("records: [\"$GENERATE 1-9 a$ A 192.0.2.$\"]", "6: “records”: $GENERATE is for zone files"),
        ("registration:\n  mode: opened", "7: “registration.mode” must be one of closed, token, open, not “opened”"),
        ("registration: open", "6: “registration” must hold keys, not a value"),
        ("registration:\n  limit-per-hour: many", "7: “registration.limit-per-hour” must be a number from 0 to 1000000"),
        ("negative-ttl: 6", "6: “negative-ttl” must be a number from 0 to 5, not “6”"),
        ("negative-ttl: 99999999999999999999", "6: “negative-ttl” must be a number"),
        ("negative-ttl: [1]", "6: “negative-ttl” must be one value"),
        ("negative-ttl:", "6: “negative-ttl” has no value"),
        ("mail-records: maybe", "6: “mail-records” must be true or false, not “maybe”"),
        ("records: \"a.d.example. 1 IN A 192.0.2.1\"", "6: “records” must be a list"),
        (
            "records:\n  - \"a.d.example. 1 IN A 192.0.2.1\"\n  - \"a.d.example. 1 IN A 192.0.2\"",
            "8: “records”: “192.0.2” is not an IPv4"
        ),
        ("records:\n  - \"a.elsewhere.test. 1 IN A 192.0.2.1\"", "7: a.elsewhere.test. is in none of the zones"),
        ("records:\n  - [a]", "7: “records” must be a list of texts"),
        ("webserver:\n  listen: []", "7: “webserver.listen” is empty"),
        ("webserver:\n  listen: [\"localhost:80\"]", "7: “webserver.listen”: “localhost:80” is not an address and a port"),
        ("webserver:\n  listen: [\"127.0.0.1:80\", \"127.0.0.1:80\"]", "7: “webserver.listen”: 127.0.0.1:80 is given twice"),
        ("webserver:\n  listen: [\"127.0.0.1:80\", \"0.0.0.0:80\"]", "127.0.0.1:80 is within 0.0.0.0:80"),
        ("webserver:\n  listen: [\"[::]:80\", \"0.0.0.0:80\"]", "“webserver.public-url” is missing"),
        ("webserver:\n  listen: [\"127.0.0.1:53\"]", "7: “webserver.listen”: the name server listens on 127.0.0.1:53"),
        ("zone-files: [\"/nonexistent.zone\"]", "6: “zone-files”: “/nonexistent.zone” cannot be read"),
        ("webserver:\n  trusted-proxies: [\"10.0.0.1\"]", "7: “webserver.trusted-proxies”: “10.0.0.1” is not a network"),
        ("webserver:\n  public-url: auth.example.net", "7: “webserver.public-url” must be a URL like https://auth.example.net"),
        ("webserver:\n  public-url: \"https://a.net/?x\"", "7: “webserver.public-url” must be a URL"),
        ("metrics:\n  listen: [\"127.0.0.1:8080\"]", "7: “metrics.listen”: another part listens on 127.0.0.1:8080"),
        ("metrics:\n  listen: [\"127.0.0.1:53\"]", "7: “metrics.listen”: another part listens on 127.0.0.1:53"),
        ("storage:\n  reserve: 15", "7: “storage.reserve” must be 0 or a number from 16 to 1000000, not “15”"),
        ("logging:\n  level: loud", "7: “logging.level” must be one of trace, debug"),
        ("storage:\n  sqlite:\n    path: \"\"", "8: “storage.sqlite.path” is empty"),
        ("dnssec:\n  mode: maybe", "7: “dnssec.mode” must be one of on, off, not “maybe”"),
        ("dnssec:\n  keys: three", "7: “dnssec.keys” must be one of csk, ksk-zsk, not “three”"),
        ("dnssec:\n  algorithm: rsa", "7: “dnssec.algorithm” must be one of ecdsap256sha256, ed25519, not “rsa”"),
        ("dnssec:\n  private-keys: hsm", "7: “dnssec.private-keys” must be one of folder, credentials, not “hsm”"),
        ("dnssec:\n  zsk-days: 4000", "7: “dnssec.zsk-days” must be a number from 0 to 3650, not “4000”"),
        ("dnssec:\n  resolvers: [\"localhost\"]", "7: “dnssec.resolvers”: “localhost” is not an address and a port"),
        ("dnssec:\n  signatures-per-second: 0", "7: “dnssec.signatures-per-second” must be a number from 10 to 1000000"),
        ("zones: [x.example]", "given twice"),
        ("a: [", "this is not YAML"),
        ("\tx: 1", "this is not YAML"),
    ])
    func `a problem is told with its key and line`(addition: String, expected: String) async throws {
        let found = try await problems(Self.minimal + addition)
        #expect(found.count == 1 && found.allSatisfy { $0.contains(expected) }, "\(found)")
    }

    @Test(arguments: [
        ("", nil),
        ("storage: {sqlite: {path: a.db}, postgresql: {connection: \"dbname=n\"}}", "are both given: give one of them"),
        ("storage: {postgresql: {connection: \"host=a nonsense=1\"}}", "“storage.postgresql.connection” is neither"),
        ("state-folder: \"\"", "“state-folder” is empty"),
        ("dnssec: {mode: on}", "“dnssec.sealing-key-file” is missing: nodes sign with the same keys"),
        ("dnssec: {sealing-key-file: /nonexistent/key}", "“dnssec.sealing-key-file”: “/nonexistent/key” cannot be read"),
        ("nameserver: {listen: [\"0.0.0.0:53\"]}", "“node.address” is missing"),
        ("node: {address: \"0.0.0.0:53\"}", "“node.address” must be an address and a port at which other nodes reach this one"),
        ("node: {name: \"ns 1\"}", "“node.name” must have 1 to 63 letters, digits"),
        ("node: {lease: 1}", "“node.lease” must be a number from 2 to 60, not “1”"),
    ]) func `a node over PostgreSQL has what it needs`(change: String, expected: String?) async throws {
        let key = String(change.prefix { $0 != ":" })
        var lines = Self.minimal.split(separator: "\n").map(String.init)
        let own = [
            "storage": "storage: {postgresql: {connection: \"dbname=n\"}}", "state-folder": "state-folder: /nonexistent/state",
            "dnssec": "dnssec: {mode: \"off\"}",
        ]
        if key == "nameserver" { lines.removeAll { $0.hasPrefix("nameserver:") || $0.hasPrefix("  listen:") } }
        lines += own.filter { $0.key != key }.values.sorted() + (change.isEmpty ? [] : [change])
        let found = try await problems(lines.joined(separator: "\n") + "\n")
        if let expected {
            #expect(found.count == 1 && found.allSatisfy { $0.contains(expected) }, "\(found)")
        } else {
            #expect(found == [])
        }
    }

    @Test func `all that is missing is told at once`() async throws {
        let found = try await problems("logging:\n  level: info\n")
        for key in ["zones", "nameservers", "contact", "nameserver.listen"] {
            #expect(found.contains { $0.contains("“\(key)” is missing") }, "\(key): \(found)")
        }
        #expect(try await problems("").count == 4)
    }

    @Test(arguments: [
        ("zones: [d.example]", "zones: [\"\(String(repeating: "a.", count: 100))d.example\"]", "at most 200 octets"),
        ("zones: [d.example]", "zones: [d.example, D.example.]", "is given twice"),
        ("zones: [d.example]", "zones: [\".\"]", "not the root"),
        ("zones: [d.example]", "zones: [a..b]", "empty label"),
        ("contact: hostmaster@example.net", "contact: hostmaster.example.net", "mail address"),
        ("[ns.elsewhere.test]", "[ns.d.example]", "has no address there"),
    ])
    func `names are checked`(part: String, replacement: String, expected: String) async throws {
        let found = try await problems(Self.minimal.replacing(part, with: replacement))
        #expect(found.contains { $0.contains(expected) }, "\(found)")
    }

    @Test(arguments: [
        ("listen: [\"127.0.0.1:53\"]", "listen: \"127.0.0.1:53\"", "“nameserver.listen” must be a list"),
        ("zones: [d.example]", "zones: d.example", "“zones” must be a list"),
    ]) func `a key with something else than its kind of value is one problem`(old: String, new: String, expected: String)
        async throws
    {
        let text = Self.minimal.replacing(old, with: new)
        #expect(text != Self.minimal)
        let found = try await problems(text)
        #expect(found.count == 1 && found[0].contains(expected), "\(found)")
    }

    @Test func `a file that is not there, or is none, is told`() throws {
        for path in ["/nonexistent/nuncio.yaml", "/"] {
            var entries = ConfigurationEntries()
            entries.add(file: path)
            #expect(entries.problems.first?.description.contains("“\(path)” cannot be read") == true)
        }
    }

    @Test func `the environment overrides the file, options override both`() async throws {
        let environment = [
            "NUNCIO_NAMESERVER_LISTEN": "127.0.0.2:53, [::1]:53", "NUNCIO_LOGGING_LEVEL": "debug",
            "NUNCIO_REGISTRATION_MODE": "open",
            "NUNCIO_RECORDS": "a.d.example. 60 IN TXT \"one, two\"\nb.d.example. 60 IN A 192.0.2.1\n",
        ]
        let configuration = try await read(
            Self.minimal, environment: environment, options: [("--log-level", "logging.level", ["error"])])
        #expect(configuration.nameserver.listen.map(\.description) == ["127.0.0.2:53", "[::1]:53"])
        #expect(configuration.logging.level == .error)
        #expect(configuration.registration.mode == .open)
        #expect(configuration.zones.all[0].rrset(at: try DomainName("b.d.example"), type: .a) != nil)
    }

    @Test func `all can come from the environment`() throws {
        var entries = ConfigurationEntries()
        entries.add(environment: [
            "NUNCIO_ZONES": "d.example", "NUNCIO_NAMESERVERS": "ns.elsewhere.test", "NUNCIO_CONTACT": "a@b.test",
            "NUNCIO_NAMESERVER_LISTEN": "127.0.0.1:0",
        ])
        #expect(try Configuration(entries, processors: 1).zones.all.count == 1)
    }

    @Test func `problems of the environment and of options name them`() async throws {
        #expect(
            try await problems(Self.minimal, environment: ["NUNCIO_NEGATIVE_TTL": "x"]).first?
                .hasPrefix("environment variable NUNCIO_NEGATIVE_TTL: “negative-ttl” must be") == true)
        #expect(
            try await problems(Self.minimal, options: [("--log-format", "logging.format", ["xml"])]).first?
                .hasPrefix("option --log-format: “logging.format” must be one of text, json") == true)
    }

    @Test(arguments: [
        (100_000, 1000, 1000, 1000), (2416, 1000, 1000, 1000), (1024, 1000, 304, 304), (416, 1000, 1, 1),
        (1416, 9000, 900, 100),
    ])
    func `connections share the descriptors that there are`(descriptors: Int, wanted: Int, nameserver: Int, webserver: Int) {
        let budget = ConnectionBudget.share(descriptors: descriptors, nameserver: wanted)
        #expect(budget == ConnectionBudget(nameserver: nameserver, webserver: webserver))
    }

    @Test func `a variable that is of no key is a warning, not a reason not to start`() {
        var entries = ConfigurationEntries()
        entries.add(environment: ["NUNCIO_PORT_53_UDP": "udp://10.0.0.1:53", "HOME": "/"])
        #expect(entries.problems.isEmpty && entries.warnings.count == 1)
    }
}
