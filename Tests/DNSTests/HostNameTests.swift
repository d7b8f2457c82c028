import DNS
import Testing

/// Valid names of hosts, and what people write instead.
struct HostNameTests {
    @Test(arguments: [
        "example.net", "example.net.", "EXAMPLE.net", "a", "a.b", "localhost", "ns1.d.example.net", "1.example.net", "3com.com",
        "1a.2b", "example.a1", "example.1a",
        "a-b.example", "a--b.example", "a-b--c.example", "2001.db8.example", "1.2.3.4.in-addr.arpa",
        "0x7f.example",
        // Valid A-labels, in any case.
        "xn--mn-xka.example.net", "XN--MN-XKA.example.net", "xn--bcher-kva.example", "xn--strae-oqa.example", "xn--fiqs8s",
        "xn--wgv71a119e.xn--zckzah", "xn--e1afmkfd.xn--p1ai",
        "xn--mgberp4a5d4ar", "xn--jxalpdlp", "xn--9n2bp8q.xn--9t4b11yi5a", "xn--ll-0ea.example", "xn--nda.example",
        "xn--11b5bs3a9aj6g",
        String(repeating: "a", count: 63) + ".example", String(repeating: "a.", count: 126) + "a",
    ])
    func `a name of a host is taken`(text: String) throws {
        let name = try HostName(text)
        #expect(name.domainName == (try DomainName(text)))
        #expect(try HostName(text, underscores: .inFront) == name)
    }

    @Test(arguments: [
        // Unicode, with the A-label in the message.
        ("mün.example.net", "write it in its xn-- form as “xn--mn-xka.example.net”"),
        ("MÜN.Example.net", "“xn--mn-xka.Example.net”"),
        ("mu\u{308}n.example.net", "“xn--mn-xka.example.net”"), ("bücher.münchen", "“xn--bcher-kva.xn--mnchen-3ya”"),
        ("straße.example", "“xn--strae-oqa.example”"),
        ("日本語.テスト", "“xn--wgv71a119e.xn--zckzah”"), ("日本語。テスト", "“xn--wgv71a119e.xn--zckzah”"),
        ("example。net", "“example.net”"), ("пример.рф", "“xn--e1afmkfd.xn--p1ai”"),
        ("실례.테스트", "“xn--9n2bp8q.xn--9t4b11yi5a”"), ("ế.example", "“xn--ilg.example”"),
        ("e\u{302}\u{301}.example", "“xn--ilg.example”"), ("παράδειγμα.δοκιμή", "“xn--hxajbheg2az3al.xn--jxalpdlp”"),
        ("💩.example", "characters that no host name can have"), ("½.example", "no host name can have"),
        ("a\u{200D}b.example", "“xn--"), ("\u{301}a.example", "no host name"),
        ("exa mple.né", "a blank is in it"), ("-ü.example", "the label “-ü” of “-ü.example” begins or ends with a hyphen"),
        ("ü-", "begins or ends with a hyphen"), (String(repeating: "ü", count: 60), "is too long: its xn-- form has"),
        ("https://_a.example/", "is a URL, not a name"), ("_ü.example", "no host name"),
        ("\u{AD}.example", "no host name"),
        ("exämple..net", "empty label"),
        // URLs, addresses, ports, wildcards, mail addresses.
        ("https://d.example.net", "is a URL, not a name: write the name alone, “d.example.net”"),
        ("https://d.example.net/", "“d.example.net”"), ("HTTP://u@d.example.net:80/a?b#c", "alone, “d.example.net”"),
        ("https://mün.example.net/", "alone, “xn--mn-xka.example.net”"), ("https://", "is a URL"),
        ("d.example.net:53", "has a port, and is not just a name: write the name alone, “d.example.net”"),
        ("d.example.net:", "has a port"),
        ("d.example.net/", "has a path, and is not a name: write the name alone, “d.example.net”"),
        ("d.example.net/a", "has a path"), ("*.example.net", "is a wildcard, not a name: write the name alone, “example.net”"),
        ("*", "“*” is in it"), ("*.*.example", "is a wildcard"), ("a.*.example", "“*” is in it"),
        ("hostmaster@example.net", "is a mail address, not a name: write the name alone, “example.net”"),
        ("192.0.2.53", "is an address, not a name"), ("192.0.2.53:53", "is an address"), ("192.0.2.0/24", "is an address"),
        ("2001:db8::53", "is an address"), ("[2001:db8::53]", "is an address"), ("[2001:db8::53]:53", "is an address"),
        ("fe80::1%eth0", "is an address"), ("::", "is an address"), ("::1", "is an address"),
        ("2001:db8::/32", "is an address"),
        ("192.0.2.53.", "ends in a number"), ("192.0.2", "ends in a number"), ("1", "ends in a number"),
        ("example.123", "ends in a number"), ("999.999.999.999", "ends in a number"), ("192.0.2.053", "ends in a number"),
        // Characters.
        ("", "is empty"), (" ", "ends with a blank"),
        (" d.example", "begins or ends with a blank: write the name alone, “d.example”"),
        ("d.example\n", "begins or ends with a blank"), ("d example", "a blank is in it"),
        ("d\texample", "a control character is in it"),
        ("d_e.example", "“_” is in it"), ("_dmarc.example", "“_” is in it"), ("d,e.example", "“,” is in it"),
        (#"d\.e.example"#, "“\\” is in it"), (#"\100.example"#, "“\\” is in it"), ("\"d.example\"", "“\"” is in it"),
        ("d.example;", "“;” is in it"),
        ("<d.example>", "“<” is in it"), ("d.example\u{0}", "a control character is in it"), ("$ORIGIN", "“$” is in it"),
        ("@", "is a mail address"),
        // Labels.
        ("-a.example", "its label “-a” begins or ends with a hyphen"), ("a-.example", "its label “a-” begins"),
        ("a.-", "its label “-” begins"), ("a.example-", "its label “example-”"),
        ("ab--c.example", "its label “ab--c” has hyphens in the third and the fourth place"),
        ("a---b.example", "its label “a---b” has hyphens in the third"),
        (".", "not the root"), ("..", "empty label"), ("a..b", "empty label"), (".a", "empty label"),
        ("a..", "empty label"), (String(repeating: "a", count: 64), "more than 63 octets"),
        (String(repeating: "a.", count: 128), "more than 255 octets"),
        // Labels that begin like an A-label and are none.
        ("xn--.example", "“xn--”"), ("xn---.example", "“xn---” begins or ends"),
        ("xn--a.example", "begins with “xn--” but is not the form"), ("xn--abc.example", "is not the form"),
        ("xn--abc-.example", "begins or ends with a hyphen"), ("xn--99999999.example", "is not the form"),
        ("xn--zzzzzzzzzzzzzzzzzzzzzzzzzzzz.example", "is not the form"), ("xn--mn-xka1.example", "is not the form"),
        ("xn--ls8h.example", "is not the form"), ("xn--a-ecp.example", "is not the form"),
        ("xn--abc----a.example", "is not the form"),
        ("xn--a_b.example", "“_” is in it"), ("xn--Mn-Xkä.example", "no host name"),
    ])
    func `what is none is refused with what it is`(text: String, expected: String) throws {
        let error = try #require(throws: PresentationError.self) { try HostName(text) }
        #expect(error.description.contains(expected), "\(error)")
    }

    @Test func `an underscore can be where it is allowed to be`() throws {
        #expect(try HostName("_acme.d.example", underscores: .inFront).description == "_acme.d.example.")
        for text in ["a_b.example", "__a.example", "a_.example", "_.example", "_-a.example", "_a-.example", "a._b_.example"] {
            #expect(throws: PresentationError.self, "\(text)") { try HostName(text, underscores: .inFront) }
        }
        for text in ["a_b.example", "__a.example", "a_.example", "_a.example", "a._b_.example"] {
            #expect(throws: Never.self, "\(text)") { try HostName(text, underscores: .anywhere) }
            #expect(throws: PresentationError.self, "\(text)") { try HostName(text) }
        }
        for text in ["-a_.example", "a_-.example", "ü_.example"] {
            #expect(throws: PresentationError.self, "\(text)") { try HostName(text, underscores: .anywhere) }
        }
    }

    @Test(arguments: [
        "_acme-challenge.example.net", "*.example.net", ".", "a.b.", #"\100.x"#, "0/25.2.0.192.in-addr.arpa", "a b", "-",
        "1.2.3",
    ])
    func `names that are asked for need not be those of hosts`(text: String) throws {
        #expect(try DomainName(asked: text) == (try DomainName(text)))
    }

    @Test(arguments: [
        ("mün.example.net", "“xn--mn-xka.example.net”"), ("https://d.example", "is a URL"), ("d.example:53", "has a port"),
        ("192.0.2.1", "is an address"), ("a@b.example", "is a mail address"), ("", "is empty"), ("a..b", "empty label"),
    ])
    func `they are no URLs and addresses either`(text: String, expected: String) throws {
        let error = try #require(throws: PresentationError.self) { try DomainName(asked: text) }
        #expect(error.description.contains(expected), "\(error)")
    }
}
