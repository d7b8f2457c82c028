package import DNS
import DNSClient
package import Sockets

/// Measures how long a published value takes to reach each name server of its delegate's zone, and resolvers.
package struct Probe: Sendable {
    package let delegate: DomainName
    /// The name that resolvers are asked for, which leads to the delegate.
    package let challengeName: DomainName
    /// How long a value is waited for.
    package var longestWait: Duration = .seconds(60)
    private let resolvers: [Endpoint]
    private let port: UInt16
    private let descent: Descent
    private let client = NameserverClient.impatient

    /// The time between two queries to a server.
    private static let period = Duration.milliseconds(250)

    /// - Parameter challengeName: the name that the resolvers are asked for.
    package init(
        delegate: DomainName, challengeName: DomainName, resolvers: [Endpoint], means: Examination.Means
    ) async {
        self.delegate = delegate
        self.challengeName = challengeName
        self.resolvers = resolvers
        port = means.reach.port
        descent = await Descent(means)
    }

    /// A server that is asked for the value.
    package struct Server: Hashable, Sendable {
        /// The name server's name; `nil` for a resolver.
        package var name: DomainName?
        package var endpoint: Endpoint
    }

    /// Each address of the name servers of the delegate's zone, and the resolvers.
    ///
    /// - Throws: ``DescentFailure`` if the zone cannot be found from the root down.
    package func servers() async throws -> [Server] {
        let zone = try await descent.place(of: delegate).zone
        let nameservers = await descent.nameservers(of: zone).flatMap { name, hosts in
            hosts.map { Server(name: name, endpoint: Endpoint(host: $0, port: port)) }
        }
        return nameservers + resolvers.map { Server(name: nil, endpoint: $0) }
    }

    /// The values that a server answers with, in its order; `nil` if it does not answer.
    package func values(at server: Server) async -> [String]? {
        let query =
            server.name == nil ? OutgoingQuery(Question(name: challengeName, type: .txt)) : OutgoingQuery.direct(delegate, .txt)
        guard let message = try? await client.ask(query, of: server.endpoint).message,
            message.responseCode == .noError || message.responseCode == .nameError
        else { return nil }
        // At the end of whatever aliases there are.
        return message.sets(\.answers).filter { $0.key.type == .txt }.flatMap { $0.value.map(\.joinedStrings) }
    }

    /// Waits until each server has a value.
    ///
    /// - Parameters:
    ///   - moment: when the value was published.
    ///   - progress: is told the number of servers that have it, whenever that rises.
    /// - Returns: for each server the time that it took; `nil` if the server did not have the value in time, or the task was cancelled.
    package func arrivals(
        of value: String, at servers: [Server], since moment: ContinuousClock.Instant,
        progress: @escaping @Sendable (Int) -> Void
    ) async -> [Duration?] {
        let end = moment + longestWait
        return await withTaskGroup { group in
            for (index, server) in servers.enumerated() {
                group.addTask { (index, await arrival(of: value, at: server, since: moment, until: end)) }
            }
            var times = [Duration?](repeating: nil, count: servers.count)
            for await (index, time) in group {
                times[index] = time
                if time != nil { progress(times.count { $0 != nil }) }
            }
            return times
        }
    }

    private func arrival(
        of value: String, at server: Server, since moment: ContinuousClock.Instant, until end: ContinuousClock.Instant
    ) async -> Duration? {
        while !Task.isCancelled, ContinuousClock.now < end {
            if await values(at: server)?.contains(value) == true { return moment.duration(to: .now) }
            try? await Task.sleep(for: Self.period)
        }
        return nil
    }
}
