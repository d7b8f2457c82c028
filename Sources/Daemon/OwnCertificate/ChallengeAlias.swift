import DNS
import DNSClient
import Delegates
import Sockets

/// What resolvers see of the record that leads from the challenge of a name to its delegate.
enum ChallengeAlias: Hashable, Sendable {
    case leadsToDelegate
    /// The record is right, but resolvers get no answer for the delegate; the reason in words.
    case leadsToSilence(String)
    case missing
    case leadsElsewhere(DomainName)
    /// No resolver could tell; the reason in words.
    case unknown(String)

    /// Asks the resolvers in turn, until one knows. They are not asked for names in a zone that is not delegated.
    static func look(
        for delegate: OwnDelegate, by resolvers: [Endpoint], _ delegation: OwnDelegation
    ) async -> ChallengeAlias {
        guard let owner = delegate.challengeName, let zone = delegate.name.parent else { return .missing }
        guard !resolvers.isEmpty else { return .unknown("no resolver is known: see “dnssec.resolvers”") }
        let isDelegated = await !delegation.isMissing(of: zone, by: resolvers)
        guard isDelegated || !owner.isAtOrBelow(zone) else { return .missing }
        let query = OutgoingQuery(Question(name: owner, type: .cname), isRecursionDesired: true, edns: nil, transport: .udp)
        do {
            let response = try await NameserverClient().ask(query, ofAny: resolvers)
            let message = response.message
            let record = message.answers.first { $0.type == .cname && $0.owner.lowercased == owner.lowercased }
            guard let record, let target = try message.data(of: record).target?.lowercased else { return .missing }
            guard target == delegate.name else { return .leadsElsewhere(target) }
            guard isDelegated else { return .leadsToSilence("the zone above has no NS records of its zone") }
            let sight = await sight(of: delegate, by: resolvers)
            if sight == .leadsToDelegate { delegation.noteSeen() }
            return sight
        } catch {
            return .unknown("\(error)")
        }
    }

    /// Whether resolvers get an answer for the delegate itself. One that is enrolled is there even without a value.
    private static func sight(of delegate: OwnDelegate, by resolvers: [Endpoint]) async -> ChallengeAlias {
        let query = OutgoingQuery(Question(name: delegate.name, type: .txt), transport: .tcp)
        do {
            let code = try await NameserverClient().ask(query, ofAny: resolvers).message.responseCode
            return code == .noError ? .leadsToDelegate : .leadsToSilence("they say \(code)")
        } catch {
            return .leadsToSilence("\(error)")
        }
    }

    /// What keeps a certificate from being obtained, and what to do; `nil` if it is not known to.
    ///
    /// - Parameter isHere: whether this server's own zone has the record.
    func problem(for delegate: OwnDelegate, isHere: Bool) -> String? {
        let owner = delegate.challengeName?.description ?? ""
        switch self {
        case .leadsToDelegate, .unknown: return nil
        case .leadsToSilence(let reason):
            return
                "resolvers do not get an answer for \(delegate.name) (\(reason)): delegate its zone to this server, open port 53 for UDP "
                + "and TCP to the world, and compare the parent’s DS with “nuncio dnssec ds”"
        case .missing where isHere:
            return "resolvers do not see \(owner) yet, which this server has: delegate its zone to this server"
        case .missing: return "the record “\(owner) CNAME \(delegate.name)” is missing: create it"
        case .leadsElsewhere(let target):
            return "“\(owner)” is an alias of \(target): change its CNAME record to \(delegate.name)"
        }
    }
}
