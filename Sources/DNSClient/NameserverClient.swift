package import DNS
import NIOCore
package import Sockets

/// Asks resolvers and other name servers one question at a time.
///
/// No thread waits: all sockets are SwiftNIO's. A task that is cancelled gets its failure at once, and its sockets are closed. Follows
/// neither aliases nor referrals.
package struct NameserverClient: Sendable {
    package var bounds: Bounds

    /// What a call takes at most.
    package struct Bounds: Hashable, Sendable {
        /// For one try: one datagram and its response, or one connection and its response.
        package var tryTime: Duration = .seconds(2)
        /// For a call, with all its servers and tries.
        package var totalTime: Duration = .seconds(10)
        /// The number of times that a silent server is asked over UDP, which loses datagrams; at least 1.
        package var datagramTries = 2
        /// The number of servers in a call; more are not asked.
        package var servers = 32
        /// The length of a response over TCP in octets. A longer one is refused before it comes.
        package var responseLength = MessageWriter.maximumLength
        /// The length of a response over UDP in octets, unless the query's payload size is larger; at least 512. A longer one is cut off, and unreadable.
        package var datagramLength = 4096

        package init() {}
    }

    package init(bounds: Bounds = Bounds()) {
        self.bounds = bounds
    }

    /// Asks one server.
    ///
    /// - Returns: its response, whatever its response code. A response over UDP is whole (without TC); one over TCP may have TC if the server
    ///   sets it there.
    package func ask(_ query: OutgoingQuery, of server: Endpoint) async throws(ServerFailure) -> ServerResponse {
        try await ask(query, of: server, until: end)
    }

    /// Asks servers in turn, until one knows: its response has NOERROR or NXDOMAIN. So do resolvers on a machine.
    ///
    /// - Throws: ``NoResponse`` with what each server did.
    package func ask(_ query: OutgoingQuery, ofAny servers: [Endpoint]) async throws(NoResponse) -> ServerResponse {
        let end = end
        var failures: [ServerFailure] = []
        for (index, server) in servers.enumerated() {
            do throws(ServerFailure) {
                guard index < bounds.servers else { throw notAsked(server, query) }
                let response = try await ask(query, of: server, until: end)
                let code = response.message.responseCode
                if code == .noError || code == .nameError { return response }
                throw ServerFailure(server: server, transport: response.transport, reason: .code(code))
            } catch {
                failures.append(error)
            }
        }
        throw NoResponse(failures)
    }

    /// Asks all servers at once.
    ///
    /// - Returns: what each of them did, in their order.
    package func ask(
        _ query: OutgoingQuery, ofEach servers: [Endpoint]
    ) async -> [Result<ServerResponse, ServerFailure>] {
        let end = end
        return await withTaskGroup { group in
            for (index, server) in servers.prefix(max(0, bounds.servers)).enumerated() {
                group.addTask { (index, await outcome(of: query, at: server, until: end)) }
            }
            var outcomes = servers.map { Result<ServerResponse, ServerFailure>.failure(notAsked($0, query)) }
            for await (index, outcome) in group { outcomes[index] = outcome }
            return outcomes
        }
    }

    /// What one server does.
    ///
    /// It is a function of its own because Swift 6.3 compiles a task's `return (index, .success(try await …))` wrongly with
    /// optimisation: the index is never written.
    private func outcome(
        of query: OutgoingQuery, at server: Endpoint, until end: NIODeadline
    ) async -> Result<ServerResponse, ServerFailure> {
        do throws(ServerFailure) {
            return .success(try await ask(query, of: server, until: end))
        } catch {
            return .failure(error)
        }
    }

    private var end: NIODeadline { .now() + TimeAmount(bounds.totalTime) }

    private func notAsked(_ server: Endpoint, _ query: OutgoingQuery) -> ServerFailure {
        ServerFailure(server: server, transport: query.transport, reason: .notAsked(.servers(bounds.servers)))
    }
}

extension NameserverClient {
    private func ask(
        _ query: OutgoingQuery, of server: Endpoint, until end: NIODeadline
    ) async throws(ServerFailure) -> ServerResponse {
        var transport = query.transport
        do throws(ServerFailure.Reason) {
            if transport == .udp, let message = try await askOverUDP(query, of: server, until: end) {
                return ServerResponse(server: server, transport: .udp, message: message)
            }
            transport = .tcp
            var query = query
            query.transport = .tcp
            let exchange = try exchange(query, with: server, until: end)
            return ServerResponse(server: server, transport: .tcp, message: try await exchange.overTCP())
        } catch {
            throw ServerFailure(server: server, transport: transport, reason: error)
        }
    }

    /// - Returns: `nil` if the server must be asked over TCP: the response is truncated, or repeats the name in another case.
    private func askOverUDP(
        _ query: OutgoingQuery, of server: Endpoint, until end: NIODeadline
    ) async throws(ServerFailure.Reason) -> Message? {
        var tries = 1
        while true {
            do throws(ServerFailure.Reason) {
                return try await exchange(query, with: server, until: end).overUDP()
            } catch {
                guard error.isWorthAnotherTry, tries < bounds.datagramTries, NIODeadline.now() < end else {
                    throw error.after(tries: tries)
                }
                tries += 1
            }
        }
    }

    /// One try, with an identifier and a socket of its own.
    private func exchange(
        _ query: OutgoingQuery, with server: Endpoint, until end: NIODeadline
    ) throws(ServerFailure.Reason) -> Exchange {
        let now = NIODeadline.now()
        guard now < end else { throw .notAsked(.time(bounds.totalTime)) }
        let time = min(TimeAmount(bounds.tryTime), end - now)
        return Exchange(
            query: SentQuery(query), datagramLength: max(512, bounds.datagramLength, Int(query.edns?.payloadSize ?? 0)),
            server: server, time: time, responseLength: bounds.responseLength)
    }
}

extension ServerFailure.Reason {
    /// Whether another datagram may get a response: this one can have been lost, or forged ones have come before the server's.
    fileprivate var isWorthAnotherTry: Bool {
        switch self {
        case .silent, .mismatch: true
        case .unreachable, .closed, .tooLong, .code, .notAuthoritative, .notAsked, .cancelled: false
        }
    }

    fileprivate func after(tries: Int) -> ServerFailure.Reason {
        if case .silent(_, let time) = self { .silent(tries: tries, time: time) } else { self }
    }
}

/// A server's response to a query.
package struct ServerResponse: Sendable {
    package var server: Endpoint
    /// The transport over which it came.
    package var transport: OutgoingQuery.Transport
    package var message: Message
}
