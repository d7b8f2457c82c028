import DNS
import DNSClient
import Sockets
import Validation

/// What the DNS shows of a domain: all that the checks judge.
struct Facts: Sendable {
    /// Where the domain and its challenge's name are.
    var domain: Sight<Place>
    var challenge: Sight<Place>
    /// Whether the root's name servers answer: if not, nothing can be said of the domain.
    var isRootReached = true
    /// What each address of the customer's name servers says of the challenge's name.
    var customerServers: [ServerSight] = []
    /// What the customer's zone says of a name that nobody can have made.
    var randomName: Sight<ChallengeAnswer>?
    /// Where the CNAME at the challenge's name leads, as most of the servers have it.
    var chain = AliasChain()
    /// The zone of the delegate, as its parent and its servers see it.
    var delegateZone: ZoneSight?
    /// Validated answers of the whole way, and of the CAA records.
    var validation: ValidationSight
    /// The signatures and keys of the customer's zone and of the delegates'.
    var signedZones: [SignedZoneSight] = []
    var otherWays = OtherWaysSight()
    /// What the given resolvers say of the challenge's name.
    var resolvers: [ResolverSight] = []
    /// What the server has of the delegate; `nil` without a server, or without a delegate of its zones.
    var held: Sight<DelegateView>?
    /// Seconds since 1970.
    var moment: Int64
}

/// Something that was seen, or why it was not, in words.
enum Sight<Value: Sendable>: Sendable {
    case seen(Value)
    case unseen(String)

    var value: Value? {
        if case .seen(let value) = self { value } else { nil }
    }
}

extension Sight: Equatable where Value: Equatable {}

/// An address of a name server, and what was seen there.
struct ServerAddress: Hashable, Sendable {
    var name: DomainName
    /// `nil` if the name has no address.
    var host: Endpoint.Host?

    var text: String {
        let name = name.withoutFinalDot
        guard let host else { return name }
        return "\(name) (\(Endpoint(host: host, port: 53).hostText))"
    }
}

/// What one name server says of the challenge's name.
struct ServerSight: Sendable {
    var server: ServerAddress
    var answer: Sight<ChallengeAnswer>
}

extension [ServerSight] {
    /// What most of the servers say; of several answers that are as frequent, one with a CNAME, and of these the first.
    var usualAnswer: ChallengeAnswer? {
        let answers = compactMap(\.answer.value)
        var counts: [ChallengeAnswer: Int] = [:]
        for answer in answers { counts[answer, default: 0] += 1 }
        let most = counts.values.max()
        let usual = answers.filter { counts[$0] == most }
        return usual.first { !$0.targets.isEmpty } ?? usual.first
    }
}

/// What stands at a challenge's name itself, without what it leads to.
struct ChallengeAnswer: Hashable, Sendable {
    /// The targets of CNAME records, which should be one.
    var targets: Set<DomainName> = []
    /// The texts of TXT records at the name itself.
    var texts: Set<String> = []
    /// A DNAME above the name; its owner.
    var redirectedAt: DomainName?
    var doesNotExist = false

    var isEmpty: Bool { targets.isEmpty && texts.isEmpty && redirectedAt == nil }
}

/// A resolver's answer for the values at the challenge's name.
struct ResolverSight: Sendable {
    var resolver: Endpoint
    /// The aliases and the values at their end.
    var answer: Sight<(targets: [DomainName], values: Set<String>)>
}

/// The way from the challenge's name along its aliases.
struct AliasChain: Sendable {
    enum End: Sendable {
        /// There is no alias.
        case none
        /// The place of the last name.
        case place(Place)
        /// No server of the last name's zone says what it is; the zone is that of the place, which is the name's parent.
        case unreachable(Place, String)
        case loop
        case tooLong
        case unseen(String)
    }

    /// The names after the challenge's name.
    var names: [DomainName] = []
    var end: End = .none

    /// The place of the last name, or that of its zone; `nil` if neither was found.
    var place: Place? {
        switch end {
        case .place(let place), .unreachable(let place, _): place
        case .none, .loop, .tooLong, .unseen: nil
        }
    }

    /// The most aliases that are followed: resolvers give up after 8 to 16.
    static let maximumLength = 8
}
