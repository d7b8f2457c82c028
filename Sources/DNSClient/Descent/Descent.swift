package import DNS
package import Sockets

/// Finds the zone of a name by asking name servers themselves, from the root down. No resolver is asked, so no cache is in the way.
///
/// Each label is asked for NS, so the way shows every zone cut, also those between zones that share their servers. A value remembers what it
/// has found: it is for one look, and not for hours.
package struct Descent: Sendable {
    private let hints: RootHints
    private let client: NameserverClient
    private let reach: Reach
    private let memory: DescentMemory
    private let end: ContinuousClock.Instant

    /// What is asked, and how much.
    package struct Reach: Sendable {
        /// The maximum number of queries of all descents and questions of a ``Descent``.
        package var queries = 1_000
        /// The maximum number of these to one address.
        package var queriesOfAddress = 200
        /// The time after which nothing more is asked.
        package var time: Duration = .seconds(30)
        /// Whether an address may be asked.
        package var isAllowed: @Sendable (Endpoint.Host) -> Bool = { _ in true }
        /// The port of name servers.
        package var port: UInt16 = 53
        /// Whether addresses of IPv6 are asked, which a machine without a way to them cannot.
        package var usesIPv6 = true

        package init() {}
    }

    /// The maximum number of addresses of a zone that are tried on the way down.
    private static let maximumTries = 8
    /// The maximum number of a zone's name servers, the first in the order of their names, that are taken into account.
    package static let maximumNameservers = 16
    /// The maximum number of addresses of a name server that are taken into account.
    package static let maximumAddresses = 8
    /// How deep look-ups of name servers may lead to look-ups of other name servers.
    private static let maximumDepth = 4

    package init(hints: RootHints = .internet, reach: Reach = Reach(), client: NameserverClient = .impatient) {
        self.hints = hints
        self.reach = reach
        self.client = client
        memory = DescentMemory(queries: reach.queries)
        end = .now + reach.time
    }

    /// Finds where a name is.
    package func place(of name: DomainName) async throws(DescentFailure) -> Place {
        try await place(of: name, chain: [])
    }

    /// Finds the addresses of a zone's name servers: those that came with their names, or those that their own zones have.
    ///
    /// - Returns: the names in order. A name has no addresses if none can be found.
    package func nameservers(of zone: DelegatedZone) async -> [(name: DomainName, addresses: [Endpoint.Host])] {
        let names = zone.nameservers.keys.sorted { "\($0)" < "\($1)" }.prefix(Self.maximumNameservers)
        return await withTaskGroup { group in
            for (index, name) in names.enumerated() {
                let glue = zone.nameservers[name] ?? []
                group.addTask { (index, await usedAddresses(of: name, glue: glue)) }
            }
            var found = names.map { (name: $0, addresses: [Endpoint.Host]()) }
            for await (index, addresses) in group { found[index].addresses = addresses }
            return found
        }
    }

    private func usedAddresses(of name: DomainName, glue: [Endpoint.Host]) async -> [Endpoint.Host] {
        let hosts = glue.isEmpty ? (try? await addresses(of: name, chain: [])) ?? [] : glue
        // A name that has no other address is kept: else it would look like one without any.
        return hosts.contains(where: isUsed) ? hosts.filter(isUsed) : hosts
    }

    /// The addresses that a name has in its own zone. An alias has none: no name server may be one (RFC 2181 section 10.3).
    package func addresses(of name: DomainName) async throws(DescentFailure) -> [Endpoint.Host] {
        try await addresses(of: name, chain: [])
    }

    private func isUsed(_ host: Endpoint.Host) -> Bool { host.isV4 || reach.usesIPv6 }

    /// Asks one address, if it may be asked.
    package func ask(_ query: OutgoingQuery, of host: Endpoint.Host) async throws(ServerFailure) -> ServerResponse {
        let server = Endpoint(host: host, port: reach.port)
        func refusal(_ reason: ServerFailure.Reason) -> ServerFailure {
            ServerFailure(server: server, transport: query.transport, reason: reason)
        }
        guard reach.isAllowed(host) else { throw refusal(.notAsked(.address)) }
        guard ContinuousClock.now < end else { throw refusal(.notAsked(.time(reach.time))) }
        guard memory.takeQuery(to: host, maximum: reach.queriesOfAddress) else {
            throw refusal(.notAsked(.queries(min(reach.queries, reach.queriesOfAddress))))
        }
        do throws(ServerFailure) {
            return try await client.ask(query, of: server)
        } catch {
            if case .silent = error.reason { memory.noteSilence(of: host) }
            throw error
        }
    }

    /// Asks the servers of a zone in turn, until one answers for the zone.
    ///
    /// - Parameter read: returns `nil` for a response that tells nothing.
    package func ask<Answer: Sendable>(
        _ query: OutgoingQuery, in zone: DelegatedZone, _ read: @Sendable (Message) -> Answer?
    ) async throws(DescentFailure) -> Answer {
        try await ask(query, in: zone, chain: [], read)
    }
}

extension Descent {
    private func checkTime() throws(DescentFailure) {
        guard ContinuousClock.now < end, !Task.isCancelled else { throw .exhausted }
    }

    private func place(of name: DomainName, chain: [DomainName]) async throws(DescentFailure) -> Place {
        if let known = memory.place(of: name) { return known }
        try checkTime()
        guard let parent = name.parent else {
            let root = DelegatedZone(apex: .root, parent: nil, nameservers: hints.nameservers, isReferred: false)
            return Place(zones: [root], state: .present)
        }
        var place = try await place(of: parent, chain: chain)
        switch place.state {
        case .present: break
        // A CNAME does not lead the names below it elsewhere.
        case .alias: place.state = .present
        // Below these there is no other name.
        case .absent, .redirected: return place
        }
        let zone = place.zone
        let referral = try await ask(.direct(name, .ns), in: zone, chain: chain) { Referral($0, of: name, from: zone.apex) }
        switch referral {
        case .delegation(let servers):
            place.zones.append(DelegatedZone(apex: name, parent: zone.apex, nameservers: servers, isReferred: true))
        case .ownApex(let servers):
            place.zones.append(DelegatedZone(apex: name, parent: zone.apex, nameservers: servers, isReferred: false))
        case .state(let state): place.state = state
        }
        memory.note(place, of: name)
        return place
    }

    private func addresses(of name: DomainName, chain: [DomainName]) async throws(DescentFailure) -> [Endpoint.Host] {
        if let known = memory.addresses(of: name) { return known }
        // A look-up of a name server's own name can lead back to it, by many ways.
        guard chain.count < Self.maximumDepth, !chain.contains(name), !memory.isHopeless(name) else { throw .exhausted }
        try checkTime()
        do throws(DescentFailure) {
            let hosts = try await askedAddresses(of: name, chain: chain + [name])
            memory.note(hosts, of: name)
            return hosts
        } catch {
            memory.noteHopeless(name)
            throw error
        }
    }

    private func askedAddresses(of name: DomainName, chain: [DomainName]) async throws(DescentFailure) -> [Endpoint.Host] {
        let place = try await place(of: name, chain: chain)
        guard place.state == .present else { return [] }
        var hosts: [Endpoint.Host] = []
        for type in [RecordType.a, .aaaa] {
            hosts += try await ask(.direct(name, type), in: place.zone, chain: chain) { message in
                guard message.header.flags.contains(.authoritative), message.responseCode == .noError else { return nil }
                return (message.sets(\.answers)[RRsetKey(name, type)] ?? []).compactMap(Endpoint.Host.init)
            }
        }
        return hosts.unique(maximum: Self.maximumAddresses)
    }

    private func ask<Answer: Sendable>(
        _ query: OutgoingQuery, in zone: DelegatedZone, chain: [DomainName], _ read: @Sendable (Message) -> Answer?
    ) async throws(DescentFailure) -> Answer {
        var failures: [ServerFailure] = []
        func tried(_ hosts: [Endpoint.Host]) async -> Answer? {
            let silent = memory.silentHosts
            let order = hosts.filter(isUsed).sorted {
                (silent.contains($0) ? 1 : 0, $0.isV4 ? 0 : 1) < (silent.contains($1) ? 1 : 0, $1.isV4 ? 0 : 1)
            }
            for host in order where failures.count < Self.maximumTries {
                do throws(ServerFailure) {
                    let response = try await ask(query, of: host)
                    if let answer = read(response.message) { return answer }
                    throw ServerFailure(server: response.server, transport: response.transport, reason: .notAuthoritative)
                } catch {
                    failures.append(error)
                }
            }
            return nil
        }
        let names = zone.nameservers.keys.sorted { "\($0)" < "\($1)" }
        let glue = names.flatMap { zone.nameservers[$0] ?? [] }
        if let answer = await tried(glue) { return answer }
        for name in names.filter({ zone.nameservers[$0]?.isEmpty == true }).prefix(Self.maximumNameservers) {
            guard failures.count < Self.maximumTries else { break }
            let hosts = (try? await addresses(of: name, chain: chain)) ?? []
            if let answer = await tried(hosts) { return answer }
        }
        throw .unreachable(zone.apex, NoResponse(failures))
    }
}

extension NameserverClient {
    /// Asks once more after 1.5 seconds without a response, and no longer than 5 seconds in all: there are other servers to ask.
    package static let impatient: NameserverClient = {
        var bounds = Bounds()
        bounds.tryTime = .milliseconds(1_500)
        bounds.totalTime = .seconds(5)
        return NameserverClient(bounds: bounds)
    }()
}

extension [Endpoint.Host] {
    /// The first different ones.
    func unique(maximum: Int) -> [Endpoint.Host] {
        var known: Set<Endpoint.Host> = []
        return Array(filter { known.insert($0).inserted }.prefix(maximum))
    }
}

extension Endpoint.Host {
    fileprivate var isV4: Bool {
        if case .v4 = self { true } else { false }
    }
}
