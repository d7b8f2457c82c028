import DNS
import DNSClient
import DNSSEC
import Sockets

/// What all resolvers say of a zone's parent, taken together. The safe answer counts: a DS that one resolver sees is there, and only
/// what all of them see is there for everybody.
struct ParentSurvey: Sendable {
    var answers: [Answer]

    struct Answer: Sendable {
        /// The resolver's address.
        var resolver: String
        var answer: ParentAnswer
    }

    /// What holds for the parent, and why more is not known or not certain.
    struct Finding: Hashable, Sendable {
        var view: ZoneKeys.ParentView
        /// The trouble in words; `nil` if nothing is odd.
        var trouble: String?
    }

    init(_ answers: [Answer]) {
        self.answers = answers
    }

    /// Asks all resolvers at once.
    ///
    /// - Parameter timeout: the limit for each connection and its answer together.
    init(of apex: DomainName, by resolvers: [Endpoint], timeout: Duration = .seconds(5)) async {
        let told = await ParentQuery(apex: apex, timeout: timeout).ask(resolvers)
        answers = zip(resolvers, told).map { Answer(resolver: "\($0)", answer: $1) }
    }

    /// Asks all resolvers at once, unless the name servers of the zone above know no delegation: then there can be no DS, and each resolver
    /// would remember that the zone is not there. If those servers cannot be asked, the resolvers are.
    ///
    /// - Parameters:
    ///   - timeout: the limit for each connection and its answer together, and for each question about the zone above.
    ///   - parentPort: the port at which the name servers of the zone above are asked.
    init(
        ofMaybeUndelegated apex: DomainName, by resolvers: [Endpoint], timeout: Duration = .seconds(5), parentPort: UInt16 = 53
    ) async {
        var client = NameserverClient()
        client.bounds.totalTime = timeout
        if let parent = await ParentServers.denial(ofDelegationOf: apex, by: resolvers, client: client, port: parentPort) {
            let reason = "was not asked: the name servers of \(parent.withoutFinalDot) have no NS records of the zone"
            self.init(resolvers.map { Answer(resolver: "\($0)", answer: .unknown(reason)) })
        } else {
            await self.init(of: apex, by: resolvers, timeout: timeout)
        }
    }

    /// The DS records that any resolver sees.
    var records: [RecordData] { answers.flatMap { $0.answer.delegationSigners } }

    func finding(for zone: SignedZone) -> Finding {
        // The tags that each resolver sees, and whether one of the answers holds for everybody.
        var seen: [Set<UInt16>] = []
        var isForEverybody = false
        var foreign: Set<UInt8> = []
        var ttls: [UInt32] = []
        var insecure: [ZoneKeys.ParentView] = []
        var agrees = true
        for answer in answers {
            switch answer.answer {
            case .present(let records, let ttl), .glimpse(let records, let ttl, _):
                let view = zone.parentView(of: records, ttl: .left(ttl))
                if case .keys(let tags, _, let algorithms, _, _) = view {
                    seen.append(tags)
                    foreign.formUnion(algorithms)
                    ttls.append(ttl)
                    if answer.answer.isGlimpse { agrees = false } else { isForEverybody = true }
                } else if !answer.answer.isGlimpse {
                    insecure.append(view)
                }
            case .absent: insecure.append(.none)
            case .unknown, .silent: break
            }
        }
        if let first = seen.first {
            let everywhere = insecure.isEmpty ? seen.reduce(first) { $0.intersection($1) } : []
            let somewhere = seen.reduce(first) { $0.union($1) }
            agrees = agrees && insecure.isEmpty && seen.allSatisfy { $0 == first }
            return Finding(
                view: .keys(
                    everywhere, others: somewhere.subtracting(everywhere), foreign: foreign, isSure: isForEverybody,
                    ttl: .left(ttls.max() ?? 0)),
                trouble: agrees ? nil : "the resolvers disagree: " + words(for: zone, { $0.tellsSomething }))
        }
        guard !insecure.isEmpty else {
            return Finding(
                view: .unknown,
                trouble: answers.isEmpty
                    ? "no resolver is known: see “dnssec.resolvers”" : words(for: zone, { _ in true }))
        }
        // A resolver that does not answer may be the one that would have seen a DS.
        guard !answers.contains(where: { $0.answer.isSilent }) else {
            return Finding(view: .unknown, trouble: "not all resolvers can be asked: " + words(for: zone, { _ in true }))
        }
        return Finding(view: insecure.contains(.unusable) ? .unusable : .none, trouble: nil)
    }

    private func words(for zone: SignedZone, _ isTold: (ParentAnswer) -> Bool) -> String {
        answers.filter { isTold($0.answer) }.map { "\($0.resolver) \($0.answer.sentence(for: zone))" }.joined(separator: "; ")
    }
}

extension ParentAnswer {
    fileprivate var tellsSomething: Bool {
        switch self {
        case .present, .glimpse, .absent: true
        case .unknown, .silent: false
        }
    }

    fileprivate var isGlimpse: Bool {
        if case .glimpse = self { true } else { false }
    }

    fileprivate var isSilent: Bool {
        if case .silent = self { true } else { false }
    }

    /// The answer in words that follow the resolver's address.
    fileprivate func sentence(for zone: SignedZone) -> String {
        switch self {
        case .unknown(let reason), .silent(let reason): return reason
        case .absent: return "sees no DS"
        case .glimpse(let records, let ttl, let reason):
            return "\(sentence(on: records, ttl, for: zone)), but \(reason)"
        case .present(let records, let ttl): return sentence(on: records, ttl, for: zone)
        }
    }

    private func sentence(on records: [RecordData], _ ttl: UInt32, for zone: SignedZone) -> String {
        let tags = records.compactMap { $0.octets.count > 4 ? UInt16($0.octets[0]) << 8 | UInt16($0.octets[1]) : nil }
        let list = Set(tags).sorted().map(String.init).joined(separator: " and ")
        switch zone.parentView(of: records, ttl: .left(ttl)) {
        case .unusable: return "sees a DS that no validator can use (key tag \(list))"
        case .keys, .none, .unknown: return "sees the DS of key \(list)"
        }
    }
}
