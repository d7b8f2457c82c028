import DNS
import DNSClient
import Sockets
import Validation

/// The delegation of a zone as the parent's name servers and the zone's own see it.
struct ZoneSight: Sendable {
    var zone: DelegatedZone
    /// What each of the parent's addresses says; empty if the parent's servers are the zone's own.
    var parents: [ParentSight]
    /// What each address of the zone's own servers says.
    var servers: [NameserverSight]
}

struct ParentSight: Sendable {
    var server: ServerAddress
    var referral: Sight<[DomainName: Set<Endpoint.Host>]>
}

/// What a name server of the delegates' zone answers.
struct NameserverSight: Sendable {
    var server: ServerAddress
    /// The SOA record over UDP with EDNS of 1232 octets, and over TCP.
    var overUDP: Sight<SOASight>
    var overTCP: Sight<SOASight>
    /// Whether a response over UDP has the letters of the name in the case of the query; `nil` if there was none.
    var repeatsCase: Bool?
    /// The names of the zone's servers as this one says.
    var nameservers: Sight<Set<DomainName>>
    /// The addresses of those names in the zone, as this one says.
    var addresses: [DomainName: Set<Endpoint.Host>]
    /// The values of the delegate.
    var values: Sight<Set<String>>
}

struct SOASight: Hashable, Sendable {
    var serial: UInt32
    var hasEDNS: Bool
}

/// What validation says of the way to the values and to the CAA records.
struct ValidationSight: Sendable {
    /// Of TXT at the challenge's name, through all aliases.
    var challenge: ValidatedAnswer
    /// Of CAA at the domain and each name above it, in this order, without the root.
    var caa: [(name: DomainName, sight: ValidatedAnswer)]
    /// How the answers came about, in words.
    var source: String
}

/// A zone's signatures, as one of its servers gives them, and the parent's DS records.
struct SignedZoneSight: Sendable {
    var apex: DomainName
    var delegationSigners: Sight<[RecordData]>
    var keys: Sight<[RecordData]>
    /// When the first signature over what is asked for ends, in seconds since 1970; `nil` if there is none.
    var firstExpiry: Int64?
}

/// What else can lead to a certificate.
struct OtherWaysSight: Sendable {
    /// What stands at the label of dns-account-01, by account URI: TXT or CNAME data in words.
    var accountLabels: [(account: String, name: DomainName, answer: Sight<ChallengeAnswer>)] = []
    /// What stands at `_validation-persist`.
    var persistent: Sight<ChallengeAnswer> = .seen(ChallengeAnswer())
    /// What stands there below the names above the domain, the nearest first.
    var persistentAbove: [(domain: DomainName, answer: Sight<ChallengeAnswer>)] = []
}
