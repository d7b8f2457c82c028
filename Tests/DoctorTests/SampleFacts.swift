import DNS
import DNSClient
import Sockets
import Validation

@testable import Doctor

/// A sound domain, example.com, with a delegate in d.example.net; tests break one thing.
struct SampleFacts {
    var examination: Examination
    var facts: Facts

    static let account = "https://acme-v02.api.letsencrypt.org/acme/acct/1"
    static let moment: Int64 = 1_796_000_000

    init() throws {
        let domain = try DomainName("example.com.")
        let (challenge, delegate) = (try DomainName("_acme-challenge.example.com."), try DomainName("x.d.example.net."))
        examination = Examination(domain: domain)
        examination.accounts = [Self.account]
        let root = DelegatedZone(apex: .root, parent: nil, nameservers: [:], isReferred: false)
        func zone(_ apex: DomainName, _ parent: DomainName, _ server: DomainName) -> DelegatedZone {
            DelegatedZone(apex: apex, parent: parent, nameservers: [server: [Self.host(1)]], isReferred: true)
        }
        let customer = zone(domain, try DomainName("com."), try DomainName("ns.example.com."))
        let server = try DomainName("ns1.d.example.net.")
        let delegates = zone(try DomainName("d.example.net."), try DomainName("example.net."), server)
        let answer = ChallengeAnswer(targets: [delegate])
        let names = [ServerAddress(name: try DomainName("ns.example.com."), host: Self.host(1))]
        facts = Facts(
            domain: .seen(Place(zones: [root, customer], state: .present)),
            challenge: .seen(Place(zones: [root, customer], state: .alias(challenge, target: delegate))),
            customerServers: names.map { ServerSight(server: $0, answer: .seen(answer)) },
            randomName: .seen(ChallengeAnswer(doesNotExist: true)),
            chain: AliasChain(names: [delegate], end: .place(Place(zones: [root, delegates], state: .present))),
            delegateZone: ZoneSight(
                zone: delegates,
                parents: [
                    ParentSight(
                        server: ServerAddress(name: try DomainName("a.net."), host: Self.host(3)),
                        referral: .seen([server: [Self.host(2)]]))
                ],
                servers: [Self.nameserver(server)]),
            validation: ValidationSight(
                challenge: ValidatedAnswer(security: .secure),
                caa: [(domain, try Self.caa("letsencrypt.org; accounturi=\(Self.account)"))], source: "the test"),
            moment: Self.moment)
    }

    static func host(_ last: UInt8) -> Endpoint.Host { .v4(IPv4Address(octets: [192, 0, 2, last])) }

    static func nameserver(_ name: DomainName, serial: UInt32 = 7, values: Set<String> = ["v"]) -> NameserverSight {
        let soa = SOASight(serial: serial, hasEDNS: true)
        return NameserverSight(
            server: ServerAddress(name: name, host: host(2)), overUDP: .seen(soa), overTCP: .seen(soa), repeatsCase: true,
            nameservers: .seen([name]), addresses: [name: [host(2)]], values: .seen(values))
    }

    /// An answer with “issue” records.
    static func caa(_ values: String..., security: ValidatedAnswer.Security = .secure) throws -> ValidatedAnswer {
        try caa(data: values.map { RecordData.caa(tag: "issue", value: $0) }, security: security)
    }

    static func caa(data: [RecordData], security: ValidatedAnswer.Security = .secure) throws -> ValidatedAnswer {
        let owner = try DomainName("example.com.")
        var message = MessageWriter()
        message.begin(identifier: 1, flags: .response, limit: MessageWriter.maximumLength)
        message.write(Question(name: owner, type: .caa))
        if !data.isEmpty { _ = message.write(RRset(owner: owner, type: .caa, ttl: 60, data: data), in: .answer) }
        message.finish()
        return ValidatedAnswer(security: security, message: try Message(message.octets))
    }

    var diagnosis: Diagnosis { Judgement(of: facts, in: examination).diagnosis }

    /// The statuses that are neither ok nor a note.
    var troubles: [CheckID: CheckStatus] {
        Dictionary(uniqueKeysWithValues: diagnosis.troubles.map { ($0.id, $0.status) })
    }

    func summary(_ id: CheckID) -> String { diagnosis.checks.first { $0.id == id }?.summary ?? "" }
}
