import DNSClient
import TestSupport
import Testing

extension NameserverClient {
    /// A client that waits as long as it takes.
    static var patient: NameserverClient { waiting(Patience.limit) }

    /// A client that waits for a time in each of its tries.
    static func waiting(_ time: Duration, tries: Int = 1) -> NameserverClient {
        var client = NameserverClient()
        client.bounds.tryTime = time
        client.bounds.totalTime = Patience.limit
        client.bounds.datagramTries = tries
        return client
    }

    /// The failure of a server that must not be believed.
    func failure(of server: ScriptedServer, _ query: OutgoingQuery) async throws -> ServerFailure {
        do throws(ServerFailure) {
            let response = try await ask(query, of: server.endpoint)
            Issue.record("the server was believed: \(response)")
            throw ServerFailure(server: server.endpoint, transport: response.transport, reason: .cancelled)
        } catch {
            return error
        }
    }
}

extension OutgoingQuery {
    /// The same query over TCP alone.
    var overTCP: OutgoingQuery {
        var query = self
        query.transport = .tcp
        return query
    }
}
