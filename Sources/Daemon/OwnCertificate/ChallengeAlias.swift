import DNS
import DNSClient
import Delegates
import Sockets

/// What resolvers see of the record that leads from the challenge of a name to its delegate.
enum ChallengeAlias: Hashable, Sendable {
    case leadsToDelegate
    case missing
    case leadsElsewhere(DomainName)
    /// No resolver could tell; the reason in words.
    case unknown(String)

    /// Asks the resolvers in turn, until one knows.
    static func look(for delegate: OwnDelegate, by resolvers: [Endpoint]) async -> ChallengeAlias {
        guard let owner = delegate.challengeName else { return .missing }
        guard !resolvers.isEmpty else { return .unknown("no resolver is known: see “dnssec.resolvers”") }
        let query = OutgoingQuery(Question(name: owner, type: .cname), isRecursionDesired: true, edns: nil, transport: .udp)
        do {
            let response = try await NameserverClient().ask(query, ofAny: resolvers)
            let message = response.message
            let record = message.answers.first { $0.type == .cname && $0.owner.lowercased == owner.lowercased }
            guard let record, let target = try message.data(of: record).target?.lowercased else { return .missing }
            return target == delegate.name ? .leadsToDelegate : .leadsElsewhere(target)
        } catch {
            return .unknown("\(error)")
        }
    }

    /// What keeps a certificate from being obtained, and what to do; `nil` if it is not known to.
    func problem(for delegate: OwnDelegate) -> String? {
        let owner = delegate.challengeName?.description ?? ""
        switch self {
        case .leadsToDelegate, .unknown: return nil
        case .missing: return "the record “\(owner) CNAME \(delegate.name)” is missing: create it"
        case .leadsElsewhere(let target):
            return "“\(owner)” is an alias of \(target): change its CNAME record to \(delegate.name)"
        }
    }
}
