import DNS
import DNSClient
import Sockets

/// Asks resolvers for the DS records that the parent of a zone has. It asks over TCP, so that only a host that sees the query can
/// answer in a resolver's place: a forged “it is there” would let the old key go too early.
struct ParentQuery: Sendable {
    let apex: DomainName
    /// The limit for each connection and its answer together.
    var timeout: Duration = .seconds(5)

    var query: OutgoingQuery {
        OutgoingQuery(Question(name: apex, type: .ds), isRecursionDesired: true, edns: nil, transport: .tcp)
    }

    /// Asks all resolvers at once.
    ///
    /// - Returns: their answers, in their order.
    func ask(_ resolvers: [Endpoint]) async -> [ParentAnswer] {
        var client = NameserverClient()
        client.bounds.tryTime = timeout
        client.bounds.totalTime = timeout
        // Each may be the one that sees a DS. The configuration says how many there are.
        client.bounds.servers = resolvers.count
        return await client.ask(query, ofEach: resolvers).map { outcome in
            switch outcome {
            case .success(let response): ParentAnswer(in: response.message, to: apex)
            case .failure(let failure): .silent(failure.words)
            }
        }
    }
}
