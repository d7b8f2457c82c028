import DNS
import DNSClient
import Sockets
import Testing
import Validation

@testable import Doctor

/// What is made of facts; the laboratory of Interop.doctor has real servers.
struct JudgementTests {
    @Test func `a sound domain has no trouble, and nobody else may issue`() throws {
        let sample = try SampleFacts()
        #expect(sample.troubles.isEmpty && sample.diagnosis.verdict == .ok)
        #expect(sample.diagnosis.checks.map(\.id) == CheckID.allCases)
        let others = sample.diagnosis.issuance.filter { $0.account == "other" }
        #expect(others.count == 8 && others.allSatisfy { !$0.isAllowed })
        #expect(
            sample.diagnosis.issuance.contains { $0.account == SampleFacts.account && $0.method == "dns-01" && $0.isAllowed })
    }

    @Test func `the record to enter stands in the remedy`() throws {
        var sample = try SampleFacts()
        sample.examination.delegate = try DomainName("x.d.example.net.")
        sample.facts.chain = AliasChain()
        sample.facts.customerServers[0].answer = .seen(ChallengeAnswer())
        let check = try #require(sample.diagnosis.checks.first { $0.id == .cname })
        #expect(check.status == .error)
        #expect(check.remedy == ["_acme-challenge.example.com. 3600 IN CNAME x.d.example.net."])
    }

    @Test func `a wildcard, a second CNAME and a TXT record are told apart`() throws {
        var sample = try SampleFacts()
        let answer = try #require(sample.facts.customerServers[0].answer.value)
        sample.facts.randomName = .seen(answer)
        #expect(sample.troubles == [.cname: .warning] && sample.summary(.cname).contains("a wildcard"))
        sample.facts.randomName = nil
        sample.facts.customerServers[0].answer = .seen(
            ChallengeAnswer(targets: answer.targets.union([try DomainName("y.d.example.net.")])))
        #expect(sample.troubles == [.cname: .error] && sample.summary(.cname).contains("2 CNAME"))
        sample.facts.customerServers[0].answer = .seen(ChallengeAnswer(targets: answer.targets, texts: ["v"]))
        #expect(sample.troubles == [.cname: .error] && sample.summary(.cname).contains("beside"))
    }

    @Test func `a server that does not know the delegate is believed`() throws {
        var sample = try SampleFacts()
        let zone = ZoneView(apex: try DomainName("d.example.net."), nameservers: [], addresses: [:], serial: 7)
        sample.examination.server = ServerView(zones: [zone]) { _ in .unknown }
        for (view, word) in [(DelegateView.unknown, "no delegate"), (.deleted, "never comes back")] {
            sample.facts.held = .seen(view)
            #expect(sample.troubles == [.cname: .error] && sample.summary(.cname).contains(word))
        }
        sample.facts.held = .seen(.present(.init(values: ["w"])))
        #expect(sample.troubles == [.propagation: .error])
        // The values of another delegate are not compared.
        sample.examination.delegate = try DomainName("other.d.example.net.")
        #expect(sample.troubles == [.cname: .error])
    }

    @Test(arguments: [
        (Optional(3), false, Int64(5), CheckStatus.ok, "a value was published 5 s ago, and asked for from 3 networks since"),
        (1, false, 5, .ok, "a value was published 5 s ago, and asked for from 1 network since"),
        (8, true, 900, .ok, "a value was published 15 minutes ago, and asked for from at least 8 networks since"),
        (0, true, 900, .ok, "a value was published 15 minutes ago, and nobody has asked for it since the server was started"),
        (0, false, 600, .ok, "a value was published 10 minutes ago, and nobody has asked for it since"),
        (0, false, 601, .info, "a value was published 10 minutes ago, and nobody has asked for it since"),
        (nil, false, 5, .ok, "a value was published 5 s ago"),
    ])
    func `the server's count of networks that asked is told`(
        count: Int?, isMinimum: Bool, age: Int64, status: CheckStatus, summary: String
    ) throws {
        var sample = try SampleFacts()
        let zone = ZoneView(apex: try DomainName("d.example.net."), nameservers: [], addresses: [:], serial: 7)
        sample.examination.server = ServerView(zones: [zone]) { _ in .unknown }
        let networks = count.map { DelegateView.AskingNetworks(count: $0, isMinimum: isMinimum) }
        let contents = DelegateView.Contents(
            values: ["v"], publishedAt: SampleFacts.moment - age, askingNetworks: networks)
        sample.facts.held = .seen(.present(contents))
        #expect(sample.troubles.isEmpty && sample.summary(.asked) == summary)
        #expect(sample.diagnosis.checks.first { $0.id == .asked }?.status == status)
    }

    @Test func `one of two servers that says something else is named`() throws {
        var sample = try SampleFacts()
        let other = ServerAddress(name: try DomainName("ns2.example.com."), host: SampleFacts.host(9))
        sample.facts.customerServers.append(ServerSight(server: other, answer: .seen(ChallengeAnswer())))
        #expect(sample.troubles == [.cnameEverywhere: .error])
        #expect(sample.summary(.cnameEverywhere).contains("ns2.example.com (192.0.2.9)"))
        sample.facts.customerServers[1].answer = .unseen("does not answer")
        #expect(sample.troubles == [.cnameEverywhere: .warning])
    }

    @Test func `a name server is judged by transport, EDNS and case`() throws {
        var sample = try SampleFacts()
        func judged(_ change: (inout NameserverSight) -> Void) -> [CheckID: CheckStatus] {
            var sample = sample
            change(&sample.facts.delegateZone!.servers[0])
            return sample.troubles
        }
        #expect(judged { $0.overTCP = .unseen("is silent") } == [.delegation: .error])
        #expect(judged { $0.overUDP = .unseen("is silent") } == [.delegation: .error])
        #expect(judged { $0.repeatsCase = false } == [.delegation: .warning])
        #expect(judged { $0.overUDP = .seen(SOASight(serial: 7, hasEDNS: false)) } == [.delegation: .warning])
        sample.facts.delegateZone?.parents[0].referral = .seen([try DomainName("ns1.d.example.net."): []])
        #expect(sample.troubles == [.delegation: .error] && sample.summary(.delegation).contains("glue"))
    }

    @Test func `servers with other values or an older serial are named`() throws {
        var sample = try SampleFacts()
        let second = try DomainName("ns2.d.example.net.")
        sample.facts.delegateZone?.servers.append(SampleFacts.nameserver(second, values: ["older"]))
        sample.facts.delegateZone?.servers[1].nameservers = .seen([try DomainName("ns1.d.example.net.")])
        #expect(sample.troubles == [.propagation: .error])
        sample.facts.delegateZone?.servers[1].values = .seen(["v"])
        sample.facts.delegateZone?.servers[1].overUDP = .seen(SOASight(serial: 6, hasEDNS: true))
        #expect(sample.troubles == [.propagation: .warning])
    }

    @Test func `CAA records that are open, closed, misspelt or bogus are told`() throws {
        var sample = try SampleFacts()
        let domain = sample.examination.domain
        func judged(_ values: String..., security: ValidatedAnswer.Security = .secure) throws -> [CheckID: CheckStatus] {
            var sample = sample
            let answer = try values.first.map { try SampleFacts.caa($0, security: security) } ?? SampleFacts.caa()
            // No name above has records.
            sample.facts.validation.caa = [(domain, answer), (try DomainName("com."), try SampleFacts.caa())]
            return sample.troubles
        }
        #expect(try judged() == [.caa: .warning])
        #expect(try judged("letsencrypt.org") == [.caa: .warning])
        #expect(try judged("other.example; accounturi=https://other.example/1") == [.caa: .error, .rfc8657: .warning])
        let misspelt = "letsencrypt.org; accounturl=\(SampleFacts.account)"
        #expect(try judged(misspelt) == [.caa: .warning, .caaSpelling: .error])
        #expect(try judged("letsencrypt.org", security: .bogus("expired")) == [.caa: .error])
        sample.examination.accounts = []
        #expect(try judged("letsencrypt.org; accounturi=\(SampleFacts.account)").isEmpty)
    }

    @Test func `validation that fails is an error, and an unsigned zone a note`() throws {
        var sample = try SampleFacts()
        sample.facts.validation.challenge.security = .bogus("signature expired")
        #expect(sample.troubles == [.dnssec: .error] && sample.summary(.dnssec).contains("signature expired"))
        sample.facts.validation.challenge.security = .insecure
        #expect(sample.troubles.isEmpty && sample.diagnosis.checks.contains { $0.id == .dnssec && $0.status == .info })
        sample.facts.validation.challenge.security = .unknown("late")
        #expect(sample.troubles == [.dnssec: .unknown] && sample.diagnosis.verdict == .warning)
        let key = RecordData.dnskey(flags: 257, algorithm: 13, publicKey: Array(1...64))
        let stale = RecordData.ds(keyTag: 1, algorithm: 13, digestType: 2, digest: Array(repeating: 0, count: 32))
        sample.facts.validation.challenge.security = .secure
        sample.facts.signedZones = [
            SignedZoneSight(
                apex: sample.examination.domain, delegationSigners: .seen([stale]), keys: .seen([key]),
                firstExpiry: SampleFacts.moment + 90_000)
        ]
        #expect(sample.troubles == [.dnssec: .error] && sample.summary(.dnssec).contains("25 hours"))
    }

    @Test func `what was not found out is called so, and not closed`() throws {
        var sample = try SampleFacts()
        let (domain, com) = (sample.examination.domain, try DomainName("com."))
        func judged(_ answer: ValidatedAnswer) throws -> SampleFacts {
            var sample = sample
            sample.facts.validation.caa = [(domain, answer), (com, try SampleFacts.caa())]
            return sample
        }
        let late = try judged(ValidatedAnswer(security: .unknown("late")))
        #expect(late.diagnosis.issuance.isEmpty && late.troubles[.caa] == .unknown && late.troubles[.caaSpelling] == .unknown)
        // A server that fails does so for authorities, too; without a way to the root the failure is this machine's.
        let failing = ValidatedAnswer(security: .unknown("SERVFAIL"), message: try SampleFacts.caa().message)
        #expect(try judged(failing).troubles == [.caa: .error])
        sample.facts.isRootReached = false
        #expect(try judged(failing).troubles[.caa] == .unknown)
        sample.facts.isRootReached = true
        let many = (0...CAAView.maximumRecords).map { RecordData.caa(tag: "issue", value: "ca\($0).example") }
        let (next, judgedAtAll) = (
            try judged(try SampleFacts.caa(data: many)), try judged(try SampleFacts.caa(data: many.dropLast()))
        )
        #expect(next.troubles[.caa] == .unknown && next.diagnosis.issuance.isEmpty)
        #expect(!judgedAtAll.diagnosis.issuance.isEmpty)
    }

    @Test func `each authority that the records name is judged, and one without an account is told`() throws {
        var sample = try SampleFacts()
        let records = ["letsencrypt.org; accounturi=\(SampleFacts.account)", "other.example"].map {
            RecordData.caa(tag: "issue", value: $0)
        }
        sample.facts.validation.caa = [(sample.examination.domain, try SampleFacts.caa(data: records))]
        #expect(sample.troubles[.caa] == .warning && sample.summary(.caa).contains("any account of other.example"))
        #expect(sample.diagnosis.issuance.contains { $0.authority == "other.example" && $0.account == "other" && $0.isAllowed })
        #expect(
            !sample.diagnosis.issuance.contains { $0.authority == "letsencrypt.org" && $0.account == "other" && $0.isAllowed })
    }

    @Test func `a name that does not exist is to be registered only in a top-level domain`() throws {
        var sample = try SampleFacts()
        sample.facts.customerServers[0].answer = .seen(ChallengeAnswer(doesNotExist: true))
        sample.facts.chain = AliasChain()
        func judged(zone: String, absent: String) throws -> Check? {
            var sample = sample
            let zone = DelegatedZone(apex: try DomainName(zone), parent: .root, nameservers: [:], isReferred: true)
            sample.facts.challenge = .seen(Place(zones: [zone], state: .absent(try DomainName(absent))))
            return sample.diagnosis.checks.first { $0.id == .cname }
        }
        #expect(try judged(zone: ".", absent: "com.")?.remedy == ["see whether the name is misspelt"])
        #expect(try judged(zone: "com.", absent: "example.com.")?.remedy.first == "register example.com, then:")
        let inside = try judged(zone: "b.com.", absent: "example.com.")
        #expect(inside?.remedy.count == 1 && inside?.summary.contains("has no CNAME record") == true)
    }

    @Test func `what a hostile zone holds does not make the diagnosis long`() throws {
        var sample = try SampleFacts()
        let texts = Set((0..<500).map { "\($0)" + String(repeating: "x", count: 5_000) })
        sample.facts.customerServers[0].answer = .seen(ChallengeAnswer(texts: texts))
        let check = try #require(sample.diagnosis.checks.first { $0.id == .cname })
        #expect(check.found.count == Finding.maximumLines + 1 && check.found.last == "… (480 more)")
        #expect(Finding(.ok, String(repeating: "x", count: 5_000)).summary.count == Finding.maximumLength + 1)
    }

    @Test func `other ways to a certificate are told, and texts of a wildcard are none`() throws {
        var sample = try SampleFacts()
        func judged(_ text: String) -> CheckStatus? {
            var sample = sample
            sample.facts.otherWays.persistent = .seen(ChallengeAnswer(texts: [text]))
            return sample.diagnosis.checks.first { $0.id == .otherWays }?.status
        }
        #expect(judged("letsencrypt.org; accounturi=https://other.example/1") == .warning)
        #expect(judged("letsencrypt.org; accounturi=https://other.example/1; persistUntil=1") == .info)
        #expect(judged("letsencrypt.org; accounturi=\(SampleFacts.account); policy=wildcard") == .info)
        #expect(judged("v=spf1 -all") == .ok)
        sample.facts.otherWays.persistent = .seen(ChallengeAnswer(targets: [try DomainName("else.example.")]))
        #expect(sample.troubles == [.otherWays: .warning])
        sample.facts.otherWays.persistent = .unseen("is silent")
        #expect(sample.troubles == [.otherWays: .unknown])
        sample.facts.otherWays.persistent = .seen(ChallengeAnswer())
        let above = try DomainName("com.")
        for (text, troubles) in [
            ("letsencrypt.org; accounturi=https://other.example/1; policy=wildcard", [CheckID.otherWays: CheckStatus.warning]),
            ("letsencrypt.org; accounturi=https://other.example/1", [:]),
        ] {
            sample.facts.otherWays.persistentAbove = [(above, .seen(ChallengeAnswer(texts: [text])))]
            #expect(sample.troubles == troubles)
        }
        sample.facts.otherWays.persistentAbove = [(above, .unseen("is silent"))]
        #expect(sample.troubles == [.otherWays: .unknown])
        sample.facts.otherWays.persistentAbove = []
        // The example of the draft: the first ten octets of the digest in base 32.
        let name = AccountLabel.name(for: "https://example.com/acme/acct/ExampleAccount", of: sample.examination.domain)
        #expect(name?.description == "_ujmmovf2vn55tgye._acme-challenge.example.com.")
        sample.facts.domain = .seen(
            Place(
                zones: sample.facts.domain.value?.zones ?? [],
                state: .alias(sample.examination.domain, target: try DomainName("x.d.example.net."))))
        #expect(sample.troubles == [.mailAndHost: .error])
    }

    @Test func `without any sight of the DNS nothing is called well`() throws {
        var sample = try SampleFacts()
        sample.facts = Facts(
            domain: .unseen("silent"), challenge: .unseen("silent"),
            validation: ValidationSight(
                challenge: ValidatedAnswer(security: .unknown("late")),
                caa: [(sample.examination.domain, ValidatedAnswer(security: .unknown("late")))], source: "the test"),
            moment: SampleFacts.moment)
        #expect(sample.diagnosis.verdict == .error && sample.diagnosis.issuance.allSatisfy { !$0.isAllowed })
        // That is no fault of the domain.
        sample.facts.isRootReached = false
        #expect(sample.diagnosis.verdict == .warning && sample.troubles[.cname] == .unknown)
    }
}
