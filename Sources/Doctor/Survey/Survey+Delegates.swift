import DNS
import DNSClient
import Sockets

/// The delegates' zone: its delegation, and what each of its servers answers.
extension Survey {
    func zoneSight(_ zone: DelegatedZone, delegate: DomainName) async -> ZoneSight {
        async let parents = parents(of: zone)
        let servers = await atEachAddress(of: zone) { await nameserver($0, zone: zone.apex, delegate: delegate) }
        return ZoneSight(zone: zone, parents: await parents, servers: servers)
    }

    /// What the parent's servers refer to; empty if they are the zone's own.
    private func parents(of zone: DelegatedZone) async -> [ParentSight] {
        guard zone.isReferred, let parent = zone.parent,
            case .seen(let place) = await place(of: parent)
        else { return [] }
        let query = OutgoingQuery.direct(zone.apex, .ns)
        return await atEachAddress(of: place.zone) { server in
            guard let host = server.host else {
                return ParentSight(server: server, referral: .unseen("the name has no address"))
            }
            do throws(ServerFailure) {
                let message = try await descent.ask(query, of: host).message
                let names = message.sets(\.authorities)[RRsetKey(zone.apex, .ns)] ?? []
                guard !names.isEmpty else {
                    return ParentSight(server: server, referral: .unseen("has no delegation, and says \(message.responseCode)"))
                }
                let addresses = message.hosts
                let found = names.compactMap(\.target?.lowercased).map { ($0, addresses[$0] ?? []) }
                return ParentSight(server: server, referral: .seen(Dictionary(found) { $0.union($1) }))
            } catch {
                return ParentSight(server: server, referral: .unseen(error.words))
            }
        }
    }

    private func nameserver(_ server: ServerAddress, zone: DomainName, delegate: DomainName) async -> NameserverSight {
        guard let host = server.host else {
            let none = "the name has no address"
            return NameserverSight(
                server: server, overUDP: .unseen(none), overTCP: .unseen(none), nameservers: .unseen(none), addresses: [:],
                values: .unseen(none))
        }
        async let overUDP = soa(zone, of: host, .udp)
        async let overTCP = soa(zone, of: host, .tcp)
        async let values = values(delegate, of: host)
        async let named = ask(.direct(zone, .ns), of: host) { message in
            message.sets(\.answers)[RRsetKey(zone, .ns)].map { Set($0.compactMap(\.target?.lowercased)) }
        }
        let nameservers = await named
        let addresses = await addresses(of: (nameservers.value ?? []).filter { $0.isAtOrBelow(zone) }, at: host)
        let (udp, repeatsCase) = await overUDP
        return NameserverSight(
            server: server, overUDP: udp, overTCP: await overTCP.0, repeatsCase: repeatsCase, nameservers: nameservers,
            addresses: addresses, values: await values)
    }

    /// The addresses of names of the zone as one server says, all asked at once.
    private func addresses(of names: Set<DomainName>, at host: Endpoint.Host) async -> [DomainName: Set<Endpoint.Host>] {
        await withTaskGroup { group in
            for name in names {
                for type in [RecordType.a, .aaaa] { group.addTask { (name, await hosts(name, type, at: host)) } }
            }
            var addresses: [DomainName: Set<Endpoint.Host>] = [:]
            for await (name, hosts) in group { addresses[name, default: []].formUnion(hosts) }
            return addresses
        }
    }

    private func hosts(_ name: DomainName, _ type: RecordType, at host: Endpoint.Host) async -> Set<Endpoint.Host> {
        let found = await ask(.direct(name, type), of: host) { message in
            Set((message.sets(\.answers)[RRsetKey(name, type)] ?? []).compactMap(Endpoint.Host.init))
        }
        return found.value ?? []
    }

    /// The SOA record over one transport, and whether the name came back in the case of the query.
    private func soa(
        _ zone: DomainName, of host: Endpoint.Host, _ transport: OutgoingQuery.Transport
    ) async -> (Sight<SOASight>, Bool?) {
        var query = OutgoingQuery.direct(zone, .soa, transport: transport)
        // The case is looked at here: the client would ask again over TCP.
        query.isInRandomCase = false
        var generator = SystemRandomNumberGenerator()
        query.question.name = zone.inRandomCase(using: &generator)
        do throws(ServerFailure) {
            let response = try await descent.ask(query, of: host)
            let message = response.message
            let repeatsCase = message.questions.first?.name.isIdentical(to: query.question.name)
            guard message.header.flags.contains(.authoritative), message.responseCode == .noError,
                let serial = message.sets(\.answers)[RRsetKey(zone, .soa)]?.first?.serial
            else {
                return (.unseen("does not answer for \(zone.withoutFinalDot), and says \(message.responseCode)"), repeatsCase)
            }
            guard response.transport == transport else { return (.unseen("has no whole answer over UDP"), repeatsCase) }
            return (.seen(SOASight(serial: serial, hasEDNS: message.edns != nil)), repeatsCase)
        } catch {
            return (.unseen(error.words), nil)
        }
    }

    private func values(_ delegate: DomainName, of host: Endpoint.Host) async -> Sight<Set<String>> {
        await ask(.direct(delegate, .txt), of: host) { message in
            Set((message.sets(\.answers)[RRsetKey(delegate, .txt)] ?? []).map(\.joinedStrings))
        }
    }

    /// Asks one server, and reads an authoritative response.
    func ask<Value: Sendable>(
        _ query: OutgoingQuery, of host: Endpoint.Host, _ read: (Message) -> Value?
    ) async -> Sight<Value> {
        do throws(ServerFailure) {
            let message = try await descent.ask(query, of: host).message
            let code = message.responseCode
            guard message.header.flags.contains(.authoritative), code == .noError || code == .nameError,
                let value = read(message)
            else { return .unseen("does not answer for the zone, and says \(code)") }
            return .seen(value)
        } catch {
            return .unseen(error.words)
        }
    }
}

extension Message {
    /// The addresses in the additional section, by owner.
    fileprivate var hosts: [DomainName: Set<Endpoint.Host>] {
        sets(\.additionals).reduce(into: [:]) { found, entry in
            for host in entry.value.compactMap(Endpoint.Host.init) { found[entry.key.owner, default: []].insert(host) }
        }
    }
}
