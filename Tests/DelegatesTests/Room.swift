import DNS
import Delegates
import TestSupport
import Testing

/// The rules together, over a storage in memory.
struct Room {
    let storage = MemoryStorage()
    let table = DelegateTable()
    let credentials: CredentialTable
    let clock = SteadyClock { Samples.start }
    let server = Actor(.server, from: nil)
    let zone: DomainName

    init() async throws {
        zone = try DomainName("d.example")
        credentials = CredentialTable(delegates: table)
        storage.follow(with: table, credentials, clock: clock)
        try await storage.load(into: credentials)
    }

    func enrolment(mode: RegistrationMode = .open, limit: Int = 0) -> Enrolment {
        Enrolment(
            storage: storage, table: table, clock: clock, zone: zone, mode: mode,
            limits: Limits(Limits.Settings(registrationsPerHour: limit)),
            notes: AuditNotes.running(storage: storage, clock: clock))
    }

    func authentication(
        clock: SteadyClock? = nil, limits: Limits = Limits(), credentials: CredentialTable? = nil
    ) -> Authentication {
        let clock = clock ?? self.clock
        return Authentication(
            storage: storage, credentials: credentials ?? self.credentials, clock: clock, limits: limits,
            notes: AuditNotes.running(storage: storage, clock: clock), slowKeys: PlainKeyCheck())
    }

    var holding: Holding { Holding(storage: storage, table: table, clock: clock, limits: Limits()) }

    func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    /// The claim of a client that has the credential.
    func claim(_ outcome: NewCredential) throws -> Authentication.Claim {
        Authentication.Claim(
            username: outcome.username.description, key: outcome.key.text, subdomain: outcome.subdomain,
            address: try address("192.0.2.1"))
    }

    func actor(_ outcome: NewCredential, from address: String = "192.0.2.1") throws -> Actor {
        Actor(.credential(outcome.username), from: try self.address(address))
    }
}
