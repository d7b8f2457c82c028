package import DNS
package import Sockets

/// The name servers of the zone above a name.
///
/// They know what is delegated, and asking them leaves nothing behind. A resolver that is asked for a name too early remembers for a while
/// that it is not there, for itself and for all that ask it.
package struct ParentServers: Hashable, Sendable {
    /// The apex of the zone.
    package var apex: DomainName
    /// The addresses of its name servers, at most four; none if resolvers know none.
    package var servers: [Endpoint]
    /// The maximum time in seconds for which resolvers remember that a name of the zone is not there: the minimum of its SOA record
    /// (RFC 2308 section 5).
    package var memory: UInt32

    private static let maximumServers = 4

    /// Where only resolvers can be reached, this is lost once.
    private static var direct: NameserverClient {
        var client = NameserverClient()
        client.bounds.tryTime = .seconds(1)
        client.bounds.totalTime = .seconds(4)
        client.bounds.datagramTries = 1
        return client
    }

    /// Finds the zone above a name. Resolvers are asked for that zone only, not for the name.
    ///
    /// - Parameters:
    ///   - client: Asks the resolvers; its bounds hold for each of at most ten questions.
    ///   - port: The port at which the zone's name servers are asked.
    /// - Returns: `nil` if the resolvers know no zone above the name.
    /// - Throws: ``NoResponse`` if no resolver can tell.
    package static func find(
        above name: DomainName, by resolvers: [Endpoint], client: NameserverClient = NameserverClient(), port: UInt16 = 53
    ) async throws(NoResponse) -> ParentServers? {
        func ask(_ name: DomainName, _ type: RecordType) async throws(NoResponse) -> Message {
            try await client.ask(OutgoingQuery(Question(name: name, type: type)), ofAny: resolvers).message
        }
        guard let above = name.parent else { return nil }
        let response = try await ask(above, .soa)
        // The name above is an apex, or the denial has the SOA of its zone (RFC 2308 section 3).
        guard
            let soa = (response.answers + response.authorities).first(where: { $0.type == .soa && above.isAtOrBelow($0.owner) })
        else { return nil }
        let names = try await ask(soa.owner, .ns).sets(\.answers)[RRsetKey(soa.owner, .ns)] ?? []
        var servers: [Endpoint] = []
        for server in names.compactMap(\.target).prefix(maximumServers) {
            // One without an address is left out: another one can be asked.
            guard let host = await firstHost(of: server, ask) else { continue }
            servers.append(Endpoint(host: host, port: port))
        }
        return ParentServers(apex: soa.owner, servers: servers, memory: (try? response.data(of: soa))?.minimum ?? 0)
    }

    private static func firstHost(
        of name: DomainName, _ ask: (DomainName, RecordType) async throws(NoResponse) -> Message
    ) async -> Endpoint.Host? {
        for type in [RecordType.a, .aaaa] {
            guard let sets = try? await ask(name, type).sets(\.answers) else { continue }
            // The name of a name server is no alias (RFC 2181 section 10.3).
            if let host = (sets[RRsetKey(name, type)] ?? []).lazy.compactMap(Endpoint.Host.init).first { return host }
        }
        return nil
    }

    /// Asks the servers in turn, until one knows.
    ///
    /// - Throws: ``NoResponse`` if none can be asked.
    package func ask(_ name: DomainName, _ type: RecordType) async throws(NoResponse) -> Message {
        try await Self.direct.ask(OutgoingQuery(Question(name: name, type: type), isRecursionDesired: false), ofAny: servers)
            .message
    }

    /// Looks whether a zone is known not to be delegated.
    ///
    /// Each resolver must lead to a zone above with name servers that say so. One that fails, or has another view, may know more.
    ///
    /// - Parameters: as of ``find(above:by:client:port:)``.
    /// - Returns: the apex of the zone above; `nil` if the zone is delegated, or it is not known.
    package static func denial(
        ofDelegationOf zone: DomainName, by resolvers: [Endpoint], client: NameserverClient = NameserverClient(),
        port: UInt16 = 53
    ) async -> DomainName? {
        let views = await withTaskGroup { group in
            for resolver in resolvers {
                group.addTask { try? await find(above: zone, by: [resolver], client: client, port: port) }
            }
            return await group.reduce(into: [ParentServers?]()) { $0.append($1) }
        }
        for view in Set(views) {
            guard let view, await view.deny(delegationOf: zone) else { return nil }
        }
        return views.first??.apex
    }

    /// Whether one of the servers says that a zone is not delegated, and none says anything else. It is false if no server can be asked. A DS
    /// record counts as a delegation, even without NS records.
    private func deny(delegationOf zone: DomainName) async -> Bool {
        guard !servers.isEmpty else { return false }
        for type in [RecordType.ns, .ds] {
            let outcomes = await Self.direct.ask(.direct(zone, type), ofEach: servers)
            let messages = outcomes.compactMap { try? $0.get().message }
            guard !messages.isEmpty, messages.allSatisfy({ denies($0, zone) }) else { return false }
        }
        return true
    }

    /// Whether a response is this zone's own word that there is nothing. One with RA may be a resolver's, which has a view of its own.
    private func denies(_ message: Message, _ zone: DomainName) -> Bool {
        let flags = message.header.flags
        guard flags.contains(.authoritative), !flags.contains(.recursionAvailable),
            [.noError, .nameError].contains(message.responseCode), message.answers.isEmpty
        else { return false }
        let authorities = message.sets(\.authorities)
        return authorities[RRsetKey(apex, .soa)] != nil && authorities[RRsetKey(zone, .ns)] == nil
    }
}
