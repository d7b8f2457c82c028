import DNS
import Delegates
import TestSupport
import Testing

/// Enrolling with registration tokens, groups, and keys from acme-dns: the rules together, over a storage in memory.
struct TokenTests {
    private let storage = MemoryStorage()
    private let table = DelegateTable()
    private let credentials: CredentialTable
    private let clock = SteadyClock { Samples.start }
    private let server = Actor(.operator, from: nil)
    private let zone: DomainName
    private let address: IPAddress

    init() async throws {
        zone = try DomainName("d.example")
        credentials = CredentialTable(delegates: table)
        storage.follow(with: table, credentials, clock: clock)
        try await storage.load(into: credentials)
        address = try #require(IPAddress("192.0.2.1"))
    }

    private func enrolment(_ mode: RegistrationMode, limits: Limits.Settings = Limits.Settings()) -> Enrolment {
        Enrolment(
            storage: storage, table: table, clock: clock, zone: zone, mode: mode, limits: Limits(limits),
            notes: AuditNotes.running(storage: storage, clock: clock))
    }

    private func operating(isTaken: @escaping @Sendable (DomainName) -> Bool = { _ in false }) -> Operating {
        Operating(storage: storage, table: table, clock: clock, limits: Limits(), zones: [zone], isTaken: isTaken)
    }

    private func authentication(limits: Limits = Limits()) -> Authentication {
        Authentication(
            storage: storage, credentials: credentials, clock: clock, limits: limits,
            notes: AuditNotes.running(storage: storage, clock: clock), slowKeys: PlainKeyCheck())
    }

    private func makeToken(_ label: String, quota: Int? = nil) async throws -> String {
        try await operating().makeToken(try OperatorLabel(label), quota: quota, expires: nil, by: server).text
    }

    private func enrol(_ enrolment: Enrolment, _ token: String?) async throws -> NewCredential {
        try await enrolment.enrol(allowedNetworks: .all, token: token, from: address)
    }

    // MARK: Tokens

    @Test func `with a good token one enrols, without one or with another nobody does`() async throws {
        let token = try await makeToken("team")
        let enrolment = enrolment(.token)
        #expect(table.isEnrolled(try await enrol(enrolment, token).delegate))
        for wrong in [nil, "", "x", String(token.dropLast()), token + "A", String(repeating: "A", count: 100_000)] as [String?]
        {
            await #expect(throws: Refusal.registrationTokenNeeded) { try await enrol(enrolment, wrong) }
        }
        try await operating().revokeToken(try OperatorLabel("team"), by: server)
        await #expect(throws: Refusal.registrationTokenNeeded) { try await enrol(enrolment, token) }
    }

    @Test func `where registration is closed no token helps, where it is open a wrong one does no harm`() async throws {
        let token = try await makeToken("team", quota: 1)
        await #expect(throws: Refusal.registrationClosed) { try await enrol(enrolment(.closed), token) }
        let open = enrolment(.open)
        for text in [nil, "wrong", token] { _ = try await enrol(open, text) }
        #expect(try await storage.tokens().map(\.used) == [1])
        // Without quota left, the token is as good as none.
        _ = try await enrol(open, token)
    }

    @Test func `a quota is not exceeded, however many come at once`() async throws {
        let token = try await makeToken("team", quota: 3)
        let enrolment = enrolment(.token)
        let enrolled = await withTaskGroup { group in
            for _ in 0..<20 { group.addTask { (try? await enrol(enrolment, token)) != nil } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(enrolled == 3)
        await #expect(throws: Refusal.registrationTokenUsedUp) { try await enrol(enrolment, token) }
    }

    @Test func `a token's limit is its own, from wherever; wrong ones count as failures`() async throws {
        let (one, other) = (try await makeToken("one"), try await makeToken("other"))
        let enrolment = enrolment(
            .token, limits: Limits.Settings(registrationsPerHour: 1, registrationsPerHourOfToken: 2, failuresPerMinute: 3))
        for _ in 0..<2 { _ = try await enrol(enrolment, one) }
        await #expect(throws: Refusal.tooManyRegistrationsOfToken(retryAfter: .seconds(3600))) {
            try await enrol(enrolment, one)
        }
        for _ in 0..<3 {
            await #expect(throws: Refusal.registrationTokenNeeded) { try await enrol(enrolment, "wrong") }
        }
        await #expect(throws: Refusal.tooManyFailures(retryAfter: .seconds(60))) { try await enrol(enrolment, "wrong") }
        // A client with a right token is not kept out.
        _ = try await enrol(enrolment, other)
    }

    @Test func `what was prepared comes first, each once, and then random names`() async throws {
        let token = try await makeToken("team")
        let operating = operating()
        for label in ["web2", "web1"] {
            try await operating.prepare(try operating.name(label), for: try OperatorLabel("team"), by: server)
        }
        let enrolment = enrolment(.token)
        let names = try await withThrowingTaskGroup { group in
            for _ in 0..<3 { group.addTask { try await enrol(enrolment, token).subdomain } }
            return try await group.reduce(into: [String]()) { $0.append($1) }
        }
        #expect(Set(names).count == 3 && Set(names).isSuperset(of: ["web1", "web2"]))
        let key = try await storage.credentials(of: .delegate(try operating.name("web1")))
        #expect(key.count == 1)
    }

    // MARK: The operator

    @Test(arguments: ["web1", "WEB1", "web1.d.example", "web1.d.example."])
    func `a delegate's name is a label or the whole`(text: String) throws {
        #expect(try operating().name(text) == DomainName("web1.d.example"))
    }

    @Test(arguments: ["a.b.d.example", "web1.other.example", "a b", "*", "a\\.b", "ns1"])
    func `new names are one plain label below a zone, where nothing else is`(text: String) async throws {
        let operating = operating { $0 == (try? DomainName("ns1.d.example")) }
        let name = try operating.name(text)
        await #expect(throws: Refusal.self) {
            try await operating.create(name, label: "", allowedNetworks: .all, expires: nil, by: server)
        }
        await #expect(throws: Refusal.self) { try await operating.prepare(name, for: nil, by: server) }
        #expect(!table.isEnrolled(name))
    }

    @Test func `rotation keeps what the last key may do`() async throws {
        let operating = operating()
        let name = try operating.name("web1")
        let networks = try AllowedNetworks(["192.0.2.0/24"])
        let first = try await operating.create(name, label: "first", allowedNetworks: networks, expires: nil, by: server)
        let next = try await operating.rotate(.delegate(name), label: "", overlap: .seconds(60), by: server)
        #expect(next.credential.label == "first" && next.credential.allowedNetworks == networks)
        #expect(try await storage.credential(of: first.username)?.expires == Samples.start.advanced(by: .seconds(60)))
    }

    @Test func `disabling takes values out of the DNS, and keys out of use`() async throws {
        let operating = operating()
        let name = try operating.name("web1")
        let key = try await operating.create(name, label: "", allowedNetworks: .all, expires: nil, by: server)
        let publishing = Publishing(storage: storage, table: table, clock: clock, limits: Limits())
        try await publishing.publish(Samples.value(1), at: name, by: Actor(.credential(key.username), from: address))
        try await operating.disable(name, by: server)
        #expect(table.values(at: name, now: Samples.start) == [])
        let claim = Authentication.Claim(
            username: key.username.description, key: key.key.text, subdomain: "web1", address: address)
        await #expect(throws: Refusal.forbidden) { try await authentication().identity(for: claim) }
        try await operating.enable(name, by: server)
        #expect(try await authentication().identity(for: claim).delegate == name)
    }

    @Test func `a group's key leads to the member that it names`() async throws {
        let operating = operating()
        let group = try OperatorLabel("mail")
        try await operating.makeGroup(group, by: server)
        for label in ["web1", "web2"] {
            _ = try await operating.create(
                try operating.name(label), label: "", allowedNetworks: .all, expires: nil, by: server)
        }
        try await operating.add(try operating.name("web1"), to: group, by: server)
        let holding = Holding(storage: storage, table: table, clock: clock, limits: Limits())
        let key = try await holding.addCredential(
            for: .group(group), label: "", allowedNetworks: .all, expires: nil, by: Actor(.operator, from: nil))
        var claim = Authentication.Claim(
            username: key.username.description, key: key.key.text, subdomain: "web1", address: address)
        #expect(try await authentication().identity(for: claim).delegate == operating.name("web1"))
        for text in [nil, ""] as [String?] {
            claim.subdomain = text
            #expect(try await authentication().identity(for: claim).delegate == nil)
        }
        for text in ["web2", "web", "web1.d", "web1.d.example", "%", "_eb1"] {
            claim.subdomain = text
            await #expect(throws: Refusal.forbidden, "\(text)") { try await authentication().identity(for: claim) }
        }
    }

    // MARK: Keys from acme-dns

    private func importAccount() async throws -> Authentication.Claim {
        let name = try DomainName("web1.d.example")
        var key = NewCredential(for: .delegate(name), allowedNetworks: .all, created: Samples.start)
        key.credential.check = .bcrypt(Samples.bcryptHash)
        try await storage.commit(
            .enrol(NewDelegate(name: name, credential: key.credential, imported: [])), by: Actor(.operator, from: nil),
            at: Samples.start
        )
        // The key that PlainKeyCheck takes.
        return Authentication.Claim(
            username: key.username.description, key: String(Samples.bcryptHash.text.suffix(8)), subdomain: "web1",
            address: address)
    }

    @Test func `a key from acme-dns is checked slowly once, and by its digest from then on`() async throws {
        let claim = try await importAccount()
        let username = try #require(UniqueID(claim.username))
        var wrong = claim
        wrong.key = "wrong"
        await #expect(throws: Refusal.forbidden) { try await authentication().identity(for: wrong) }
        #expect(try await storage.credential(of: username)?.check == .bcrypt(Samples.bcryptHash))
        for _ in 0..<2 { #expect(try await authentication().identity(for: claim).credential.username == username) }
        #expect(try await storage.credential(of: username)?.check == .digest(APIKey(claim.key).digest))
        await #expect(throws: Refusal.forbidden) { try await authentication().identity(for: wrong) }
    }

    @Test func `why a key from acme-dns is not even checked is in the audit log`() async throws {
        let claim = try await importAccount()
        let username = try #require(UniqueID(claim.username))
        let edits: [(CredentialEdit, String)] = [
            (CredentialEdit(allowedNetworks: try AllowedNetworks(["198.51.100.0/24"])), "address"),
            (CredentialEdit(expires: .some(Samples.start)), "expired"),
        ]
        for (edit, reason) in edits {
            try await storage.commit(.editCredential(username, edit), by: server, at: Samples.start)
            await #expect(throws: Refusal.forbidden) { try await authentication().identity(for: claim) }
            try await waitUntil("the reason is there") {
                try await storage.history(of: nil, before: nil, maximum: 1).first?.event.detail == "\(reason), key \(username)"
            }
        }
    }

    @Test func `whose network has sent too many wrong keys waits, while a key is checked slowly`() async throws {
        let claim = try await importAccount()
        let authentication = authentication(limits: Limits(Limits.Settings(failuresPerMinute: 1)))
        var wrong = claim
        wrong.key = "wrong"
        await #expect(throws: Refusal.forbidden) { try await authentication.identity(for: wrong) }
        for claim in [wrong, claim] {
            await #expect(throws: Refusal.tooManyFailures(retryAfter: .seconds(60))) {
                try await authentication.identity(for: claim)
            }
        }
        var elsewhere = claim
        elsewhere.address = IPAddress("198.51.100.1")
        _ = try await authentication.identity(for: elsewhere)
        _ = try await authentication.identity(for: claim)
    }
}
