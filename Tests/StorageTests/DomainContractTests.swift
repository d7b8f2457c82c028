import DNS
import Delegates
import TestSupport
import Testing

/// The contract of every storage: the domains that delegates are for.
struct DomainContractTests: StorageContract {
    private let operators = Actor(.operator, from: nil)

    private func domain(_ text: String) throws -> DeclaredDomain { try DeclaredDomain(text) }

    private func later(_ seconds: Int) -> Timestamp { Samples.start.advanced(by: .seconds(seconds)) }

    private func finding(_ check: String, _ status: DomainCheck.Finding.Status) throws -> DomainCheck.Finding {
        try #require(DomainCheck.Finding(check: check, status: status))
    }

    private func declare(_ text: String, _ label: String, _ storage: any DelegateStorage, at seconds: Int = 0) async throws {
        try await storage.commit(
            .declareDomain(try domain(text), delegate: try name(label)), by: operators, at: later(seconds))
    }

    private func look(
        _ verdict: DomainCheck.Verdict, _ leadsHere: Bool?, _ findings: [DomainCheck.Finding] = [], at seconds: Int,
        of text: String = "a.example", label: String = "a", in storage: any DelegateStorage
    ) async throws {
        let check = DomainCheck(verdict, leadsHere: leadsHere, findings: findings)
        try await storage.commit(
            .recordCheck(check, of: try domain(text), delegate: try name(label)), at: later(seconds))
    }

    /// The domains of a delegate.
    private func domains(in storage: any DelegateStorage, of label: String = "a") async throws -> [DomainRecord] {
        let name = try name(label)
        return try await storage.domains(of: [name])[name] ?? []
    }

    private func events(_ label: String, _ storage: any DelegateStorage) async throws -> [String] {
        try await storage.history(of: try name(label), before: nil, maximum: 1000).reversed().map {
            "\($0.event.kind.rawValue) \($0.event.actor.prefix { $0 != " " }) \($0.event.detail ?? "")"
        }.filter { $0.hasPrefix("domain") }
    }

    @Test(arguments: StorageKind.allCases)
    func `a domain is declared once at each delegate, and by none to the exclusion of another`(_ kind: StorageKind) async throws
    {
        try await kind.withStorage { storage in
            try await enrol(storage, "a", "b")
            for (text, label) in [("b.example", "a"), ("a.example", "a"), ("a.example", "b")] {
                try await declare(text, label, storage)
            }
            // One that is there stays as it is.
            try await declare("A.example.", "a", storage, at: 5)
            let expected = try ["a.example", "b.example"].map {
                DomainRecord(delegate: try name("a"), domain: try domain($0), declared: Samples.start)
            }
            #expect(try await domains(in: storage) == expected)
            #expect(expected.allSatisfy { $0.state == .unchecked && $0.verifiedSince == nil })
            let all = try await storage.domains(of: ["a", "b", "c"].map { try name($0) })
            #expect(all.mapValues(\.count) == [try name("a"): 2, try name("b"): 1])
            #expect(try await events("a", storage) == ["domain_added operator b.example", "domain_added operator a.example"])

            try await storage.commit(
                .removeDomain(try domain("a.example"), delegate: try name("a")), by: operators, at: Samples.start)
            await #expect(throws: Refusal.noSuchDomain) {
                try await storage.commit(
                    .removeDomain(try domain("a.example"), delegate: try name("a")), by: operators, at: Samples.start)
            }
            #expect(try await domains(in: storage).map(\.domain.description) == ["b.example"])
            #expect(try await domains(in: storage, of: "b").count == 1)
            #expect(try await events("a", storage).last == "domain_removed operator a.example")
            for change in [
                Change.declareDomain(try domain("a.example"), delegate: try name("c")),
                .removeDomain(try domain("a.example"), delegate: try name("c")),
                .recordCheck(DomainCheck(.ok, leadsHere: true), of: try domain("a.example"), delegate: try name("c")),
            ] {
                await #expect(throws: Refusal.noSuchDelegate) { try await storage.commit(change, at: Samples.start) }
            }
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `a delegate has at most 100 domains, whoever declares them`(_ kind: StorageKind) async throws {
        #expect(Limits.domainsOfDelegate == 100)
        let many = try (0...100).map { try domain("d\($0).example") }
        let token = RegistrationToken(label: try OperatorLabel("team"), digest: APIKey.random().digest, created: Samples.start)
        try await kind.withStorage { storage in
            try await storage.commit(.makeToken(token), at: Samples.start)
            let new = NewDelegate(name: try name("a"), preparedFor: token.label, domains: many)
            await #expect(throws: Refusal.tooManyDomains) { try await storage.commit(.enrol(new), at: Samples.start) }
            var fewer = new
            fewer.domains.removeLast(2)
            try await storage.commit(.enrol(fewer), at: Samples.start)
            // The new holder brings one that is there, and two that are not.
            let key = credential(.delegate(try name("x"))).credential
            func claim(_ domains: ArraySlice<DeclaredDomain>) async throws {
                try await storage.commit(
                    .claim(key, domains: Array(domains)), by: Actor(.token(token.label), from: nil), at: Samples.start)
            }
            await #expect(throws: Refusal.tooManyDomains) { try await claim(many[98...] + [try domain("more.example")]) }
            #expect(try await storage.credential(of: key.username) == nil)
            try await claim(many[97...99])
            #expect(try await domains(in: storage).count == 100)
            #expect(
                try await events("a", storage).suffix(2) == [
                    "domain_added server d98.example", "domain_added token d99.example",
                ])
            #expect(try await events("a", storage).count == 100)
            await #expect(throws: Refusal.tooManyDomains) { try await declare("d100.example", "a", storage) }
            try await declare("d99.example", "a", storage)
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `a key keeps the domains of delegates that it reaches, and records no verdict`(_ kind: StorageKind) async throws {
        let (own, other) = (credential(.delegate(try name("a"))), credential(.delegate(try name("b"))))
        let group = try OperatorLabel("mail")
        let ofGroup = credential(.group(group))
        try await kind.withStorage { storage in
            for key in [own, other] { try await storage.commit(.enrol(with: key.credential), at: Samples.start) }
            try await storage.commit(.makeGroup(group), at: Samples.start)
            try await storage.commit(.addMember(try name("a"), group: group), at: Samples.start)
            try await storage.commit(.addCredential(ofGroup.credential, maximum: 2), at: Samples.start)
            func commit(_ change: Change, _ key: NewCredential) async throws {
                try await storage.commit(change, by: by(key), at: Samples.start)
            }
            for key in [own, ofGroup] {
                try await commit(.declareDomain(try domain("a.example"), delegate: try name("a")), key)
                await #expect(throws: Refusal.notAllowed) {
                    try await commit(.declareDomain(try domain("a.example"), delegate: try name("b")), key)
                }
                await #expect(throws: Refusal.notAllowed) {
                    try await commit(
                        .recordCheck(DomainCheck(.ok, leadsHere: true), of: try domain("a.example"), delegate: try name("a")),
                        key)
                }
                try await commit(.removeDomain(try domain("a.example"), delegate: try name("a")), key)
            }
            try await declare("b.example", "b", storage)
            for key in [own, ofGroup] {
                await #expect(throws: Refusal.notAllowed) {
                    try await commit(.removeDomain(try domain("b.example"), delegate: try name("b")), key)
                }
            }
            // A disabled delegate's key is not accepted, but operators go on.
            try await storage.commit(.disable(delegate: try name("a")), at: Samples.start)
            for key in [own, ofGroup] {
                await #expect(throws: Refusal.notAllowed) {
                    try await commit(.declareDomain(try domain("c.example"), delegate: try name("a")), key)
                }
            }
            try await declare("c.example", "a", storage)
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `history tells of verdicts that change, and of no others`(_ kind: StorageKind) async throws {
        let bad = try [finding("cname", .error), finding("caa-spelling", .warning)]
        try await kind.withStorage { storage in
            try await enrol(storage, "a")
            try await declare("a.example", "a", storage)
            func verified() async throws -> Int64? {
                try await domains(in: storage).first?.verifiedSince.map {
                    $0.secondsSinceEpoch - Samples.start.secondsSinceEpoch
                }
            }
            let looks: [(DomainCheck.Verdict, Bool?, [DomainCheck.Finding], verified: Int64?, news: String?)] = [
                (.ok, true, [], 0, "ok, was unchecked, verified"), (.ok, true, [], 0, nil),
                (.unknown, nil, [try finding("delegation", .unknown)], 0, "unknown, was ok: delegation unknown"),
                (.unknown, nil, [], 0, nil), (.ok, true, [], 0, "ok, was unknown"),
                (.error, false, bad, nil, "error, was ok, not verified any more: cname error, caa-spelling warning"),
                (.error, false, bad, nil, nil), (.error, nil, bad, nil, nil),
                (.error, true, [], 8, "still error, verified"), (.warning, true, [], 8, "warning, was error"),
            ]
            var expected = ["domain_added operator a.example"]
            for (index, look) in looks.enumerated() {
                let before = try await storage.load(into: DelegateTable(), now: Samples.start)
                try await self.look(look.0, look.1, look.2, at: index, in: storage)
                // It takes no place in the sequence, and is not in the feed.
                #expect(try await storage.changes(after: before, maximum: 9) == .entries([]))
                let record = try #require(try await domains(in: storage).first)
                #expect(record.lastLook == DomainRecord.Look(time: later(index), verdict: look.0, findings: look.2))
                #expect(try await verified() == look.verified, "look \(index)")
                if let news = look.news { expected.append("domain_verdict server a.example \(news)") }
                #expect(try await events("a", storage) == expected)
            }
            await #expect(throws: Refusal.noSuchDomain) {
                try await self.look(.ok, true, at: 20, of: "b.example", in: storage)
            }
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `what is due comes in the order of its waiting, without disabled delegates`(_ kind: StorageKind) async throws {
        try await kind.withStorage { storage in
            try await enrol(storage, "a", "b", "c")
            // Declared at the second of their number; some were looked at since.
            for (text, label, seconds) in [
                ("d1.x", "a", 1), ("d2.x", "b", 2), ("d3.x", "a", 3), ("d4.x", "c", 4), ("d5.x", "b", 5),
            ] {
                try await declare(text, label, storage, at: seconds)
            }
            try await look(.ok, true, at: 10, of: "d1.x", in: storage)
            try await look(.error, false, at: 3, of: "d2.x", label: "b", in: storage)
            func due(before seconds: Int, maximum: Int = 9) async throws -> [String] {
                try await storage.domainsDue(lookedAtBefore: later(seconds), maximum: maximum).map(\.domain.description)
            }
            #expect(try await Set(due(before: 4).prefix(2)) == ["d2.x", "d3.x"])
            #expect(try await due(before: 3) == ["d3.x", "d4.x", "d5.x"])
            #expect(try await due(before: 11).suffix(3) == ["d4.x", "d5.x", "d1.x"])
            #expect(try await due(before: 3, maximum: 2) == ["d3.x", "d4.x"])
            #expect(try await due(before: 10).count == 4)
            try await storage.commit(.disable(delegate: try name("a")), at: Samples.start)
            #expect(try await due(before: 11) == ["d2.x", "d4.x", "d5.x"])
            let record = try #require(try await storage.domainsDue(lookedAtBefore: later(11), maximum: 1).first)
            #expect(try record.delegate == name("b"))
            #expect(record.lastLook?.verdict == .error)
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `all domains are listed in pages, by verdict and delegate, and counted`(_ kind: StorageKind) async throws {
        try await kind.withStorage { storage in
            try await enrol(storage, "a", "b")
            for (text, label) in [("b.x", "b"), ("a.x", "b"), ("b.x", "a"), ("c.x", "a")] {
                try await declare(text, label, storage)
            }
            try await look(.warning, true, at: 1, of: "b.x", label: "a", in: storage)
            try await look(.warning, true, at: 1, of: "a.x", label: "b", in: storage)
            func list(_ filter: DomainFilter, maximum: Int) async throws -> [String] {
                var (texts, place) = ([String](), DomainPlace?.none)
                repeat {
                    let page = try await storage.domains(filter, after: place, maximum: maximum)
                    #expect(page.records.count <= maximum)
                    texts += page.records.map { "\($0.domain) \($0.delegate.withoutFinalDot.prefix(1))" }
                    place = page.next
                } while place != nil
                return texts
            }
            for maximum in 1...5 {
                #expect(try await list(DomainFilter(), maximum: maximum) == ["a.x b", "b.x a", "b.x b", "c.x a"])
                #expect(try await list(DomainFilter(state: .warning), maximum: maximum) == ["a.x b", "b.x a"])
                #expect(try await list(DomainFilter(delegate: try name("a")), maximum: maximum) == ["b.x a", "c.x a"])
                #expect(try await list(DomainFilter(state: .unchecked, delegate: try name("a")), maximum: maximum) == ["c.x a"])
            }
            #expect(try await list(DomainFilter(state: .ok), maximum: 5).isEmpty)
            #expect(try await storage.domainCounts() == [.warning: 2, .unchecked: 2])
            try await storage.commit(.delete(delegate: try name("a")), at: Samples.start)
            #expect(try await list(DomainFilter(), maximum: 5) == ["a.x b", "b.x b"])
            #expect(try await storage.domainCounts() == [.warning: 1, .unchecked: 1])
            try await storage.commit(.expire(delegate: try name("b"), enrolledBefore: later(1)), at: Samples.start)
            #expect(try await storage.domainCounts() == [:])
        }
    }
}
