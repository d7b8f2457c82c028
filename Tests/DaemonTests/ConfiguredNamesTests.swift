import Foundation
import TestSupport
import Testing

@testable import Daemon

/// Impossible names and addresses, whichever way they get into the configuration.
struct ConfiguredNamesTests {
    private static let minimal = """
        zones: ["d.example.net"]
        nameservers: ["ns.example.com"]
        contact: "hostmaster@example.net"
        nameserver: {listen: ["127.0.0.1:53"]}

        """

    private func problems(_ yaml: String, options: [(String, String, [String])] = []) async throws -> [String] {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "nuncio.yaml")
            try Data(yaml.utf8).write(to: file)
            var entries = ConfigurationEntries()
            entries.add(file: file.path)
            for option in options { entries.add(option: option.0, for: option.1, values: option.2) }
            do {
                _ = try Configuration(entries, processors: 1)
                return []
            } catch let error as ConfigurationProblems {
                return error.all.map(\.description)
            }
        }
    }

    private static let impossible: [(String, String)] = [
        ("mün.example.net", "“xn--mn-xka.example.net”"),
        ("https://d.example.net", "is a URL, not a name: write the name alone, “d.example.net”"),
        ("d.example.net:53", "has a port, and is not just a name: write the name alone, “d.example.net”"),
        ("*.example.net", "is a wildcard"),
        ("192.0.2.53", "is an address, not a name"), ("2001:db8::53", "is an address, not a name"),
        ("d.example.net/x", "has a path"), ("d example.net", "a blank is in it"),
        ("-d.example.net", "begins or ends with a hyphen"), ("d-.example.net", "begins or ends with a hyphen"),
        ("d.example.123", "ends in a number"), ("xn--a.example.net", "begins with “xn--”"),
        ("a_b.example.net", "“_” is in it"), ("d..example.net", "empty label"), (".", "not the root"),
        ("host@example.net", "is a mail address"), ("", "is empty"),
    ]

    @Test(arguments: impossible)
    func `what is no name of a host is none of a zone, a name server, or a mail address`(text: String, expected: String)
        async throws
    {
        for (key, line) in [("zones", #"["d.example.net"]"#), ("nameservers", #"["ns.example.com"]"#)] {
            let found = try await problems(Self.minimal.replacing("\(key): \(line)", with: "\(key): [\"\(text)\"]"))
            #expect(found.count == 1 && found[0].contains("“\(key)”: ") && found[0].contains(expected), "\(found)")
        }
        guard !text.contains("@") else { return }
        let found = try await problems(Self.minimal.replacing("@example.net", with: "@\(text)"))
        #expect(
            found.count == 1 && found[0].contains("“contact” must be a mail address") && found[0].contains(expected), "\(found)"
        )
    }

    @Test func `options and variables are read in the same way`() async throws {
        let found = try await problems(Self.minimal, options: [("--zone", "zones", ["d.example.net", "e.example.net:53"])])
        #expect(found.count == 1 && found[0].hasPrefix("option --zone: “zones”: “e.example.net:53” has a port"), "\(found)")
        var entries = ConfigurationEntries()
        entries.add(environment: ["NUNCIO_ZONES": "d.example.net,mün.example.net"])
        let error = try #require(throws: ConfigurationProblems.self) { try Configuration(entries, processors: 1) }
        #expect(
            error.all.contains { $0.description.hasPrefix("environment variable NUNCIO_ZONES: “zones”: “mün.example.net” has") }
        )
    }

    @Test func `a name server’s address has a place of its own`() async throws {
        let found = try await problems(Self.minimal.replacing("ns.example.com", with: "192.0.2.53"))
        #expect(
            found.first?.hasSuffix("is an address, not a name: give the name server’s name, and its address in “records”")
                == true, "\(found)")
    }

    @Test(arguments: [
        "_acme.example.net", "d.example.net.", "D.EXAMPLE.net", "xn--mn-xka.example.net", "d", "1.example.net",
        "2.0.192.in-addr.arpa",
    ])
    func `names that can be are taken`(text: String) async throws {
        #expect(try await problems(Self.minimal.replacing("d.example.net", with: text)) == [])
    }

    @Test(arguments: [
        "hostmaster@example.net", "a.b+c@example.net", "root@localhost", "o'brien@xn--mn-xka.example",
        "#!$%&*/=?^_`{|}~-@example.net",
    ])
    func `mail addresses that can be are taken`(text: String) async throws {
        #expect(try await problems(Self.minimal.replacing("hostmaster@example.net", with: text)) == [])
    }

    @Test(arguments: [
        ("hostmaster.example.net", "there is no “@” in it"), ("@example.net", "before the “@” there is nothing"),
        (".a@example.net", "a dot at an end"), ("a.@example.net", "a dot at an end"),
        ("a..b@example.net", "or two dots in a row"), ("a b@example.net", "before the “@”, use letters"),
        ("a@b@example.net", "before the “@”, use"), ("<a@example.net>", "“>” is in it"),
        ("mailto:a@example.net", "before the “@”, use"),
        ("hüller@example.net", "of ASCII"), ("a@", "is empty"), ("a@[192.0.2.1]", "is an address"),
        (#"\"a\"@example.net"#, "before the “@”, use"),
        ("\(String(repeating: "a", count: 64))@example.net", "room for 63 octets"),
        ("a@example.net.\(String(repeating: "a.", count: 120))a", "in all"),
    ])
    func `mail addresses that cannot be are told why`(text: String, expected: String) async throws {
        let found = try await problems(Self.minimal.replacing("hostmaster@example.net", with: text))
        #expect(
            found.count == 1 && found[0].contains("“contact” must be a mail address like hostmaster@example.net, not")
                && found[0].contains(expected), "\(found)")
    }

    @Test(arguments: [
        ("https://auth.example.net", "https://auth.example.net"), ("https://auth.example.net///", "https://auth.example.net"),
        ("HTTPS://Auth.example.net:8443/a/b-c_d.~1/%41/", "https://Auth.example.net:8443/a/b-c_d.~1/%41"),
        ("http://192.0.2.1", "http://192.0.2.1"), ("http://[2001:db8::1]:8080/x", "http://[2001:db8::1]:8080/x"),
        ("http://localhost:65535", "http://localhost:65535"), ("http://auth.example.net.:1/", "http://auth.example.net.:1"),
    ])
    func `public URLs that can be are taken`(text: String, url: String) throws {
        #expect(try PublicURL(text).text == url)
    }

    @Test(arguments: [
        ("auth.example.net", "has no https:// in front"), ("ftp://auth.example.net", "does not begin with https:// or http://"),
        ("://x", "does not begin"), ("https:/auth.example.net", "has no https:// in front"), ("https://", "it has no host"),
        ("https:///x", "it has no host"), ("https://:80", "it has no host"), ("https://a.net/?x", "a query"),
        ("https://a.net?x", "a query"), ("https://a.net/#x", "a fragment"), ("https://u@a.net", "a user"),
        ("https://u:p@a.net/", "a user"),
        ("https://a.net:0", "“:0” is not a port"), ("https://a.net:", "“:” is not a port"),
        ("https://a.net:65536", "is not a port"),
        ("https://a.net:8O", "is not a port"), ("https://a.net:080", "is not a port"), ("https://a.net:80:80", "is not a port"),
        ("https://a.net:+1", "is not a port"),
        ("https://mün.example.net", "“xn--mn-xka.example.net”"), ("https://*.example.net", "is a wildcard"),
        ("https://a_b.example.net", "“_” is in it"), ("https://-a.net", "hyphen"), ("https://192.0.2", "ends in a number"),
        ("https://999.0.2.1", "ends in a number"),
        ("https://0.0.0.0", "is not an address that clients could use"), ("http://[::]:80", "[::] is not an address"),
        ("https://[fe80::1%25eth0]", "has a zone"), ("https://[::1", "lacks a “]”"),
        ("https://[::g]", "is not an IPv6 address"),
        ("https://2001:db8::1/", "in brackets"),
        ("https://[192.0.2.1]", "is not an IPv6 address"), ("https://[::1]x", "is not a port"),
        ("https://a.net/a b", "its path"),
        ("https://a.net/a//b", "an empty part"), ("https://a.net/../b", "only dots"), ("https://a.net/%zz", "its path"),
        ("https://a.net/ä", "its path"),
        ("https://a.net/$(x)", "its path"), ("https://a.net\\b", "“\\” is in it"), (" https://a.net", "does not begin with"),
        ("https://a.net ", "begins or ends with a blank"), ("https://a.net/ ", "its path"),
        ("https://https://a.net", "“:” is not a port"),
    ])
    func `public URLs that cannot be are told why`(text: String, expected: String) async throws {
        let literal = text.replacing("\\", with: "\\\\")
        let found = try await problems(Self.minimal + "webserver: {public-url: \"\(literal)\"}\n")
        #expect(
            found.count == 1 && found[0].contains("“webserver.public-url” must be a URL like https://auth.example.net: ")
                && found[0].contains(expected), "\(found)")
    }

    @Test(arguments: [
        ("webserver: {listen: [\"224.0.0.1:80\"]}", "224.0.0.1:80 is not the address of a single machine"),
        ("webserver: {listen: [\"255.255.255.255:80\"]}", "is not the address of a single machine"),
        ("metrics: {listen: [\"[ff02::1]:80\"]}", "is not the address of a single machine"),
        ("webserver: {listen: [\"[::ffff:192.0.2.1]:80\"]}", "is an IPv4 address: write 192.0.2.1:80"),
        ("webserver: {listen: [\"[fe80::1]:80\"]}", "which needs an interface"),
        ("webserver: {listen: [\"[fe80::1%eth0]:80\"]}", "is not an address and a port"),
        ("webserver: {listen: [\"192.0.2.1\"]}", "is not an address and a port"),
        ("webserver: {listen: [\"192.0.2.1:65536\"]}", "is not an address and a port"),
        ("webserver: {listen: [\"192.0.2.1:080\"]}", "is not an address and a port"),
        ("webserver: {listen: [\"http://192.0.2.1:80\"]}", "is not an address and a port"),
        ("dnssec: {resolvers: [\"127.0.0.53:0\"]}", "no resolver can be asked at 127.0.0.53:0"),
        ("dnssec: {resolvers: [\"0.0.0.0:53\"]}", "no resolver can be asked at 0.0.0.0:53"),
        ("dnssec: {resolvers: [\"127.0.0.53\"]}", "is not an address and a port"),
        ("dnssec: {key-folder: \"nuncio.db\"}", "“dnssec.key-folder” is the storage"),
        ("logging: {query-names: [\"mün.example\"]}", "“xn--mn-xka.example”"),
        ("logging: {query-names: [\"https://x.example\"]}", "is a URL"),
        ("logging: {query-names: [\"192.0.2.1\"]}", "is an address"),
    ])
    func `other values that cannot be are told`(addition: String, expected: String) async throws {
        let found = try await problems(Self.minimal + addition + "\n")
        #expect(found.count == 1 && found[0].contains(expected), "\(found)")
    }

    @Test func `queries are logged for any name`() async throws {
        #expect(
            try await problems(
                Self.minimal + "logging: {query-names: [\"_acme-challenge.example.net\", \"*.x.example\", \".\"]}\n") == [])
    }

    @Test(arguments: [
        ("d.example.net", "must have items like d.example.net=2026112901"),
        ("d.example.net=", "must have items like"), ("d.example.net=-1", "must have items like"),
        ("d.example.net=+1", "must have items like"), ("d.example.net=4294967296", "from 0 to 4294967295"),
        ("e.example.net=1", "e.example.net. is not one of the zones (d.example.net.)"),
        ("https://d.example.net=1", "is a URL, not a name"),
    ])
    func `what is no zone and serial is none to begin above`(item: String, expected: String) async throws {
        let found = try await problems(Self.minimal + "serials-above: [\"\(item)\"]\n")
        #expect(found.count == 1 && found[0].contains("“serials-above”") && found[0].contains(expected), "\(found)")
    }

    @Test func `a zone has one serial to begin above`() async throws {
        let found = try await problems(Self.minimal + "serials-above: [\"d.example.net=1\", \"D.example.net=0\"]\n")
        #expect(found.count == 1 && found[0].contains("is given twice"), "\(found)")
        #expect(try await problems(Self.minimal + "serials-above: [\"d.example.net=4294967295\"]\n").isEmpty)
    }

    @Test func `a zone inside another one of this server needs nothing in its parent`() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "nuncio.yaml")
            let zones = Self.minimal.replacing(
                #"["d.example.net"]"#, with: #"["d.example.net", "in.d.example.net", "x.in.d.example.net"]"#)
            try Data((zones + "dnssec: {key-folder: \"\(folder.path)/keys\", resolvers: []}\n").utf8).write(to: file)
            var entries = ConfigurationEntries()
            entries.add(file: file.path)
            let parent = ParentZone(of: try Configuration(entries, processors: 1))
            #expect(parent.lines == ["d.example.net. 3600 IN NS ns.example.com."])
            #expect(try await parent.security().map(\.zone) == ["d.example.net"])
        }
    }

    @Test func `a delegation with a name server that does not do is odd, and one that is in a file's zone is not`() async throws
    {
        try await withTemporaryFolder { folder in
            let zone = "@ 60 SOA ns1 hostmaster 1 2 3 4 5\n@ 60 NS ns1\nns1 60 A 192.0.2.1\n"
            try Data(zone.utf8).write(to: folder.appending(path: "hosts.d.example.net.zone"))
            let file = folder.appending(path: "nuncio.yaml")
            let text =
                Self.minimal + """
                    zone-files: ["\(folder.path)/hosts.d.example.net.zone"]
                    records:
                      - "good.d.example.net. NS ns1.hosts.d.example.net."
                      - "bad.d.example.net. NS nobody.d.example.net."

                    """
            try Data(text.utf8).write(to: file)
            var entries = ConfigurationEntries()
            entries.add(file: file.path)
            let warnings = try Configuration(entries, processors: 1).warnings.map(\.description)
            #expect(warnings.count == 1 && warnings[0].contains("bad.d.example.net. NS nobody"), "\(warnings)")
        }
    }
}
