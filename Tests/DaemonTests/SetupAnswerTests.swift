import ArgumentParser
import DNS
import Daemon
import Delegates
import Foundation
import Sockets
import TestSupport
import Testing

@testable import nuncio

/// What `nuncio setup` makes of answers, without a terminal.
struct SetupAnswerTests {
    private static let machine = MachineLook(
        addresses: Set(["127.0.0.1", "192.0.2.53", "10.0.0.5", "2001:db8::53"].compactMap { IPAddress($0) }),
        outward: ["192.0.2.53", "2001:db8::53"].compactMap { IPAddress($0) })

    /// Answers to questions, line by line, and all that was shown.
    private final class Script {
        var lines: [String]
        var shown = ""
        init(_ lines: [String]) { self.lines = lines }
        var dialogue: SetupDialogue {
            SetupDialogue(read: { self.lines.isEmpty ? nil : self.lines.removeFirst() }, say: { self.shown += $0 })
        }
    }

    private func answers(
        _ arguments: [String], _ source: SetupInterview.Source, machine: MachineLook = Self.machine
    ) throws -> SetupAnswers {
        try SetupInterview(options: SetupOptions.parse(arguments), machine: machine, source: source).answers()
    }

    private func message(_ body: () throws -> SetupAnswers) -> String? {
        do {
            _ = try body()
            return nil
        } catch let failure as Failure {
            return failure.exitCode == .validationFailure ? failure.message : "another exit code: \(failure)"
        } catch {
            return "\(error)"
        }
    }

    @Test func `defaults come from the zone and the machine`() throws {
        let made = try answers(["--zone", "Delegates.example.net."], .defaults)
        #expect(made.nameserver.description == "ns1.Delegates.example.net.")
        #expect(made.addresses == ["192.0.2.53", "2001:db8::53"].compactMap { IPAddress($0) })
        #expect(made.dnsListen.map(\.description) == ["192.0.2.53:53", "[2001:db8::53]:53"])
        #expect(made.publicURL == "https://auth.example.net" && made.contact == "hostmaster@example.net")
        #expect(made.registration == .closed && made.certificate == .acme(acceptsTerms: false))
        #expect(made.httpListen.map(\.description) == ["192.0.2.53:443", "[2001:db8::53]:443"])
        let port = try answers(["--zone", "d.example.net", "--public-url", "https://a.example:8443/b"], .defaults)
        #expect(port.httpListen.map(\.port) == [8443, 8443])
        let proxied = try answers(["--zone", "d.example.net", "--certificate", "proxy"], .defaults)
        #expect(proxied.certificate == .proxy && proxied.httpListen.map(\.description) == ["127.0.0.1:8080"])
        #expect(try answers(["--zone", "d.example.net", "--http-listen", "127.0.0.1:80"], .defaults).certificate == .proxy)
        #expect(try answers(["--zone", "d.example.net", "--accept-terms"], .defaults).certificate == .acme(acceptsTerms: true))
        // An authority gives certificates for names.
        #expect(
            try answers(["--zone", "d.example.net", "--public-url", "https://192.0.2.53"], .defaults).certificate == .proxy)
        // The domain above a domain of one's own is the registry's.
        #expect(try answers(["--zone", "example.net"], .defaults).publicURL == "https://auth.example.net")
    }

    @Test func `behind NAT the machine's own address is listened on`() throws {
        var machine = Self.machine
        machine.outward = [try #require(IPAddress("10.0.0.5"))]
        let made = try answers(["--zone", "d.example.net", "--address", "198.51.100.7"], .defaults, machine: machine)
        #expect(made.dnsListen.map(\.description) == ["10.0.0.5:53"])
        #expect(made.records.first?.description == "ns1.d.example.net. 3600 IN A 198.51.100.7")
        // A private address is nothing that the world could be told.
        #expect(
            message { try answers(["--zone", "d.example.net"], .defaults, machine: machine) }?.contains("--address") == true)
        machine.outward = []
        let lost = message {
            try answers(["--zone", "d.example.net", "--address", "198.51.100.7"], .defaults, machine: machine)
        }
        #expect(lost?.contains("--dns-listen") == true, "\(lost ?? "")")
    }

    @Test func `an answer that cannot be is told why, and asked for again`() throws {
        let script = Script([
            "", "two words", "https://a.example/", "delegates.example.net", "192.0.2.1", "ns.example.com", "here",
            "192.0.2.53 192.0.2.53",
            "0.0.0.0", "192.0.2.53,2001:db8::53", "auth.example.net", "", "yes", "acme", "acme", "yes", "nobody", "token",
            "nobody", "",
        ])
        let made = try answers([], .dialogue(script.dialogue))
        #expect(script.lines.isEmpty)
        for words in [
            "This needs an answer", "Give one value", "is a URL, not a name", "is an address", "“here” is not an address",
            "192.0.2.53 is given twice", "0.0.0.0 is not the address of a single machine", "has no https:// in front",
            "it must be one of acme, proxy", "Answer yes or no", "must be one of closed, token, open", "there is no “@” in it",
            "Name server [ns1.delegates.example.net]: ",
        ] { #expect(script.shown.contains(words), "\(words): \(script.shown)") }
        #expect(made.nameserver.description == "ns.example.com." && made.registration == .token)
        #expect(made.certificate == .acme(acceptsTerms: true))
        #expect(made.addresses.count == 2 && made.records.isEmpty && made.publicURL == "https://auth.example.net")
    }

    @Test func `the end of the input is told with the question`() {
        let problem = message { try answers(["--zone", "d.example.net"], .dialogue(Script([""]).dialogue)) }
        #expect(
            problem?.contains("the input ended before --address was answered: nothing was written") == true, "\(problem ?? "")")
    }

    @Test(arguments: [
        (["--zone", "a b"], "--zone"),
        (["--zone", "d.example.net", "--contact", "x"], "--contact: “contact” must be a mail address"),
        (["--zone", "d.example.net", "--address", "nowhere"], "--address: “nowhere” is not an address"),
        (["--zone", "d.example.net", "--dns-listen", "192.0.2.53"], "--dns-listen: “nameserver.listen”"),
        (["--zone", "d.example.net", "--http-listen", "localhost:80"], "--http-listen: “webserver.listen”"),
        (["--zone", "d.example.net", "--resolver", "x"], "--resolver: “dnssec.resolvers”"),
        (["--zone", "d.example.net", "--registration", "some"], "--registration"),
        (["--zone", "d.example.net", "--certificate", "some"], "--certificate: it must be one of acme, proxy"),
        (["--zone", "d.example.net", "--storage", ""], "--storage: “storage.sqlite.path” is empty"),
    ])
    func `an option that cannot be is named before anything is asked`(arguments: [String], words: String) {
        let script = Script([])
        let problem = message { try answers(arguments, .dialogue(script.dialogue)) }
        #expect(problem?.contains(words) == true, "\(problem ?? "")")
        #expect(script.shown.isEmpty)
    }

    @Test func `a resolver has port 53 unless another one is given`() throws {
        let options = try SetupOptions.parse(
            ["192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:5353"].flatMap {
                ["--resolver", $0]
            })
        #expect(
            options.resolverEndpoints == [
                "192.0.2.1:53", "192.0.2.1:5353", "[2001:db8::1]:53", "[2001:db8::1]:53", "[2001:db8::1]:5353",
            ])
    }

    @Test(arguments: [
        ("192.0.2.1", AddressScope.world), ("10.1.2.3", .inside), ("172.31.0.1", .inside), ("100.64.0.1", .inside),
        ("127.0.0.1", .inside),
        ("169.254.1.1", .unusable), ("0.0.0.0", .unusable), ("239.0.0.1", .unusable), ("255.255.255.255", .unusable),
        ("2001:db8::1", .world), ("fd00::1", .inside), ("::1", .inside), ("fe80::1", .unusable), ("::", .unusable),
        ("ff02::1", .unusable),
    ])
    func `the scope of an address is known`(text: String, scope: AddressScope) throws {
        #expect(AddressScope(try #require(IPAddress(text))) == scope)
    }

    @Test(arguments: [
        [], ["--public-url", "https://auth.d.example.net/base"], ["--public-url", "https://auth.d.example.net:8443"],
        ["--nameserver", "ns.example.com", "--public-url", "https://192.0.2.53"],
        ["--storage", "/srv/a \"b\" \\ #\u{7}/n.db", "--resolver", "127.0.0.1:5353", "--registration", "open"],
        ["--contact", "o'{x}+y@example.org"], ["--nameserver", "d.example.net", "--public-url", "https://d.example.net"],
    ])
    func `the file has what was answered, and is a configuration`(arguments: [String]) throws {
        let made = try answers(["--zone", "d.example.net", "--accept-terms"] + arguments, .defaults)
        var entries = ConfigurationEntries()
        entries.add(text: ConfigurationText(made).text, path: "nuncio.yaml")
        let configuration = try Configuration(entries, processors: 1)
        #expect(configuration.warnings.isEmpty)
        #expect(configuration.apexes == [made.zone] && configuration.nameserver.listen == made.dnsListen)
        #expect(configuration.webserver.publicURL == made.publicURL && configuration.registration.mode == made.registration)
        #expect(configuration.storage.sqlitePath == made.storage && configuration.webserver.listen == made.httpListen)
        let isProxied = made.certificate == .proxy
        #expect(configuration.webserver.trustedProxies.isEmpty != isProxied)
        #expect((configuration.webserver.certificate == .acme) != isProxied && configuration.acme?.acceptsTerms != false)
        #expect(made.resolvers.isEmpty || configuration.signing.resolvers == made.resolvers)
        for record in made.records {
            #expect(configuration.records(ofZone: nil)?.contains(record) == true, "\(record)")
        }
    }
}
