import Foundation
import TestSupport
import Testing

/// `nuncio caa`, run as a person runs it.
struct CAACommandTests {
    private static let production = "https://acme-v02.api.letsencrypt.org/acme/acct/123"
    private static let staging = "https://acme-staging-v02.api.letsencrypt.org/acme/acct/45"
    private static let lock = "letsencrypt.org; accounturi=\(production)"

    private func run(_ arguments: [String]) async throws -> (
        exitCode: Int, out: String, error: String
    ) {
        try await NuncioProcess.run(["caa"] + arguments, in: FileManager.default.temporaryDirectory)
    }

    private func record(_ arguments: String...) async throws -> (
        exitCode: Int, out: String, error: String
    ) {
        try await run(["record"] + arguments)
    }

    private func lines(_ values: String...) -> String {
        values.map { "example.com. 3600 IN CAA 0 \($0)\n" }.joined()
    }

    @Test func `records name the account, and say what is true of wildcards`() async throws {
        let plain = try await record("Example.COM.", "--account", Self.production)
        #expect(
            plain.exitCode == 0 && plain.error.isEmpty && plain.out == lines("issue \"\(Self.lock)\""),
            "\(plain)")
        let forbidden = try await record(
            "example.com", "--account", Self.production, "--no-wildcard", "--methods", "dns-01")
        #expect(
            forbidden.out == lines("issue \"\(Self.lock); validationmethods=dns-01\"", "issuewild \";\""),
            "\(forbidden)")
        let locked = try await record("example.com", "--account", Self.production, "--wildcard")
        #expect(
            locked.out == lines("issue \"\(Self.lock)\"", "issuewild \"\(Self.lock)\""), "\(locked)")
    }

    @Test func `staging needs an account of its own`() async throws {
        let both = try await record(
            "example.com", "--staging", "--account", Self.production, "--account", Self.staging)
        let second = "letsencrypt.org; accounturi=\(Self.staging)"
        #expect(
            both.exitCode == 0 && both.error.isEmpty
                && both.out == lines("issue \"\(Self.lock)\"", "issue \"\(second)\""))
        let missing = try await record("example.com", "--staging", "--account", Self.production)
        #expect(
            missing.exitCode == 64
                && missing.error.contains("acme-staging-v02.api.letsencrypt.org/acme/acct/N"), "\(missing)")
        let unexpected = try await record("example.com", "--account", Self.staging)
        #expect(
            unexpected.exitCode == 64 && unexpected.error.contains("environment for tests"),
            "\(unexpected)")
        let alone = try await record("example.com", "--staging", "--account", Self.staging)
        #expect(
            alone.exitCode == 0 && alone.error.contains("nobody can obtain a real certificate"),
            "\(alone)")
        let other = try await record(
            "example.com", "--staging", "--account", "https://a.test/1", "--authority", "sectigo.com")
        #expect(
            other.exitCode == 64 && other.error.contains("no environment for tests of sectigo.com"),
            "\(other)")
    }

    @Test func `each authority gets its own accounts`() async throws {
        let both = try await record(
            "example.com", "--account", Self.production, "--account", "https://acme.test/account/x",
            "--authority",
            "letsencrypt.org", "--authority", "pki.goog")
        #expect(
            both.out
                == lines(
                    "issue \"\(Self.lock)\"", "issue \"pki.goog; accounturi=https://acme.test/account/x\""),
            "\(both)")
        #expect(
            both.exitCode == 0
                && both.error.contains("pki.goog is not known to honour accounturi before 2027-03-15"))
    }

    @Test(
        arguments: [
            (["--account", production + "/"], "cannot be an account of letsencrypt.org"),
            (["--account", "https://ca.test/acct/1"], "an account of Let’s Encrypt is https://acme-v02"),
            (["--account", "123"], "begins with a scheme"), (["--account", production + ";"], "would end the parameter"),
            (["--account", "https://ca.test/a b"], "a blank"),
            (["--account", "https://ca.test/\u{E9}"], "character"),
            (["--account", "https://ca.test/\""], "“\"”"), (["--account", ""], "is empty"),
            (["--account", "https://ca.test/" + String(repeating: "a", count: 500)], "at most 512"),
            (
                ["--account", production, "--authority", "pki.goog"], "needs the authority letsencrypt.org"
            ),
            (["--account", production, "--authority", "letsencrypt.com"], "“letsencrypt.org” is one"),
            (
                ["--account", production, "--authority", "letsencrypt.org", "--authority", "pki.goog"],
                "no account is one of pki.goog"
            ),
            (["--account", production, "--authority", "https://letsencrypt.org"], "is a URL"),
            (["--account", production, "--methods", "dns01"], "“dns01” is no method"),
            (["--account", production, "--methods", "dns-01, http-01"], "“ http-01” is no method"),
            (
                ["--account", production, "--methods", "http-01", "--wildcard"],
                "no certificate for a wildcard"
            ),
            (["--account", production, "--zone", "example.net"], "is not in the zone"),
            (["--account", production, "--format", "xml"], "xml"), ([], "--account"),
        ] as [([String], String)])
    func `what cannot be is refused, with what would be right`(arguments: [String], reason: String)
        async throws
    {
        let outcome = try await run(["record", "example.com"] + arguments)
        #expect(
            outcome.exitCode == 64 && outcome.out.isEmpty && outcome.error.contains(reason), "\(outcome)")
    }

    @Test(arguments: [
        ("mün.example", "“xn--mn-xka.example”"), ("*.example.com", "“example.com”"),
        ("https://example.com/", "“example.com”"),
        ("192.0.2.1", "is an address"), ("_acme-challenge.example.com", "the domain itself"),
        ("", "is empty"), ("a b", "blank"),
    ]) func `a domain is a host name in its A-label form`(domain: String, reason: String) async throws {
        let outcome = try await record(domain, "--account", Self.production)
        #expect(outcome.exitCode == 64 && outcome.error.contains(reason), "\(outcome)")
        let right = try await record("xn--mn-xka.example", "--account", Self.production)
        #expect(right.exitCode == 0 && right.out.hasPrefix("xn--mn-xka.example. 3600 IN CAA "))
    }

    @Test func `a change batch for Route 53 is JSON with the record sets`() async throws {
        let outcome = try await record(
            "example.com", "--account", Self.production, "--no-wildcard", "--format", "route53")
        let batch =
            try JSONSerialization.jsonObject(with: Data(outcome.out.utf8)) as? [String: [[String: Any]]]
        let change = try #require(batch?["Changes"]?.first)
        let set = try #require(change["ResourceRecordSet"] as? [String: Any])
        let values = (set["ResourceRecords"] as? [[String: String]])?.map { $0["Value"] ?? "" }
        #expect(change["Action"] as? String == "UPSERT" && set["Name"] as? String == "example.com.")
        #expect(set["Type"] as? String == "CAA" && set["TTL"] as? Int == 3600)
        #expect(values == ["0 issue \"\(Self.lock)\"", "0 issuewild \";\""])
    }

    @Test(arguments: [
        (
            "bind",
            """
            ; CAA records. Raise the serial number in the SOA record of the zone.
            www.example.com.  3600  IN  CAA  0 issue "\(lock)"
                              3600  IN  CAA  0 issuewild ";"

            """
        ),
        (
            "octodns",
            """
            "www":
              - ttl: 3600
                type: CAA
                values:
                  - flags: 0
                    tag: issue
                    value: "\(lock)"
                  - flags: 0
                    tag: issuewild
                    value: ";"

            """
        ),
        (
            "dnscontrol",
            """
            CAA("www", "issue", "\(lock)", TTL(3600)),
            CAA("www", "issuewild", ";", TTL(3600)),

            """
        ),
        (
            "terraform",
            """
            resource "aws_route53_record" "caa_www_example_com" {
              zone_id = var.zone_id
              name    = "www.example.com"
              type    = "CAA"
              ttl     = 3600
              records = [
                "0 issue \\"\(lock)\\"",
                "0 issuewild \\";\\"",
              ]
            }

            """
        ),
    ])
    func `each format has its own quoting`(format: String, text: String) async throws {
        let outcome = try await record(
            "www.example.com", "--account", Self.production, "--no-wildcard", "--format", format,
            "--zone", "example.com")
        #expect(outcome.exitCode == 0 && outcome.out == text, "\(outcome)")
    }

    @Test(arguments: [("octodns", "\"\":\n"), ("dnscontrol", "CAA(\"@\", ")])
    func `the name of the zone itself has its own form`(format: String, start: String) async throws {
        let outcome = try await record("example.com", "--account", Self.production, "--format", format)
        #expect(outcome.out.hasPrefix(start), "\(outcome)")
    }

    private func evaluate(_ record: String, _ arguments: String...) async throws -> (
        exitCode: Int, out: String, error: String
    ) {
        try await run(["evaluate", "--authority", "letsencrypt.org", "--record", record] + arguments)
    }

    @Test func `evaluate says by its exit code whether it is allowed, and why`() async throws {
        let lock = "0 issue \"\(Self.lock)\""
        let ours = try await evaluate(lock, "--account", Self.production, "--method", "http-01")
        #expect(
            ours.exitCode == 0 && ours.out == "allowed: “\(Self.lock)” allows it\n" && ours.error.isEmpty,
            "\(ours)")
        let other = try await evaluate(lock, "--account", "other", "--method", "dns-01", "--wildcard")
        #expect(
            other.exitCode == 1 && other.out.hasPrefix("denied: ") && other.error.isEmpty, "\(other)")
        // A line of a zone file is read, too.
        let line = try await evaluate("example.com. 3600 IN CAA \(lock)", "--account", "other")
        #expect(line.exitCode == 1, "\(line)")
        let several = try await evaluate(
            lock, "--account", "other", "--record", "0 issue \"letsencrypt.org\"")
        #expect(
            several.exitCode == 0 && several.out == "allowed: “letsencrypt.org” allows it\n", "\(several)"
        )
    }

    @Test func `evaluate names near misses, and the record to write`() async throws {
        let outcome = try await evaluate(
            "0 issue \"letsencrypt.org; accounturl=\(Self.production);\"", "--account", "other")
        #expect(outcome.exitCode == 1 && outcome.error.contains("“accounturi” is right"), "\(outcome)")
        #expect(outcome.error.contains("\n    0 issue \"\(Self.lock)\"\n"), "\(outcome)")
    }

    @Test func `evaluate says when an authority may ignore the parameters`() async throws {
        let outcome = try await run([
            "evaluate", "--authority", "sectigo.com", "--account", "other", "--record",
            "0 issue \"sectigo.com; accounturi=x:1\"",
        ])
        let isKnown = Date() >= Date(timeIntervalSince1970: 1_805_068_800)
        #expect(outcome.exitCode == (isKnown ? 1 : 0), "\(outcome)")
        #expect(outcome.error.contains("is not known to honour accounturi") == !isKnown, "\(outcome)")
    }

    @Test(arguments: [
        "", "0 issue", "issue \"letsencrypt.org\"", "256 issue \"x\"", "0 is-sue \"x\"",
        "0 issue \"x\" y", "a. IN A 192.0.2.1",
    ])
    func `a record that cannot be read is exit code 2`(record: String) async throws {
        let outcome = try await evaluate(record, "--account", "other", "--json")
        #expect(
            outcome.exitCode == 2 && outcome.out.isEmpty && outcome.error.contains("is no CAA record: "),
            "\(outcome)")
    }

    @Test(arguments: [
        ["--account", "other"], ["--record", "0 issue \";\""],
        ["--record", "0 issue \";\"", "--account", "1"],
        ["--record", "0 issue \";\"", "--account", "other", "--method", "dns01"],
        ["--record", "0 issue \";\"", "--account", "other", "--authority", "LetsEncript.org"],
    ])
    func `a wrong command line of evaluate is exit code 64`(arguments: [String]) async throws {
        let outcome = try await run(["evaluate", "--authority", "letsencrypt.org"] + arguments)
        #expect(outcome.exitCode == 64 && outcome.out.isEmpty && !outcome.error.isEmpty, "\(outcome)")
    }

    @Test func `the JSON of evaluate has the verdict, the reason and the findings`() async throws {
        let record = "0 issue \"letsencrypt.org; AccountURI=\(Self.production)\""
        let outcome = try await evaluate(record, "--account", "other", "--method", "http-01", "--json")
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(outcome.out.utf8)) as? [String: Any])
        #expect(
            outcome.exitCode == 0 && outcome.error.isEmpty && object["allowed"] as? Bool == true,
            "\(outcome)")
        #expect(
            object["records"] as? [String] == [record] && object["honours_rfc8657"] as? String == "yes")
        #expect(object["account"] as? String == "other" && object["method"] as? String == "http-01")
        #expect(
            object["wildcard"] as? Bool == false && object["authority"] as? String == "letsencrypt.org")
        #expect((object["because"] as? String)?.hasSuffix("allows it") == true)
        let finding = try #require((object["findings"] as? [[String: Any]])?.first)
        #expect(
            finding["kind"] as? String == "parameter-case" && finding["effect"] as? String == "opens")
        #expect(
            finding["corrected"] as? [String] == ["0 issue \"\(Self.lock)\""]
                && finding["record"] as? String == record)
    }
}
