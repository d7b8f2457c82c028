import DNS
import DNSClient
import Delegates
import Sockets

/// What the DNS says of a zone, as resolvers and the name servers of its parent see it.
struct DelegationLook {
    var resolvers: [Endpoint]
    /// The port at which the parent's name servers are asked.
    var parentPort: UInt16 = 53

    /// What the parent of a zone has.
    struct Sight: Hashable {
        /// The apex of the zone above.
        var parent: DomainName
        /// The targets of the zone's NS records.
        var nameservers: Set<DomainName>
        /// The addresses in the referral, by name.
        var glue: [DomainName: Set<IPAddress>]
        /// Whether a name server of the parent said so, in a referral. Otherwise the NS records are the zone's own, as resolvers see them.
        var isParents: Bool
    }

    /// The bound for all questions to the parent's own name servers. Where only a resolver can be reached, they cost this time once.
    private var direct: NameserverClient {
        var client = NameserverClient()
        client.bounds.tryTime = .seconds(1)
        client.bounds.totalTime = .seconds(4)
        client.bounds.datagramTries = 1
        return client
    }

    /// The maximum number of the parent's name servers that are asked.
    private static let maximumServers = 4

    /// Looks for the delegation of a zone.
    ///
    /// - Returns: `nil` if no zone above it can be found.
    /// - Throws: ``NoResponse`` if no resolver knows.
    func delegation(of zone: DomainName) async throws(NoResponse) -> Sight? {
        guard let parent = try await parent(of: zone) else { return nil }
        let servers = try await servers(of: parent)
        let question = OutgoingQuery(Question(name: zone, type: .ns), isRecursionDesired: false)
        if !servers.isEmpty, let response = try? await direct.ask(question, ofAny: servers) {
            return Sight(response.message, of: zone, parent: parent, isParents: true)
        }
        return Sight(try await ask(zone, .ns), of: zone, parent: parent, isParents: false)
    }

    /// The addresses of a name, through its aliases.
    func addresses(of name: DomainName) async throws(NoResponse) -> Set<IPAddress> {
        var found: Set<IPAddress> = []
        for type in [RecordType.a, .aaaa] {
            found.formUnion(try await ask(name, type).addresses(in: \.answers).values.joined())
        }
        return found
    }

    /// Whether there are records of a type at a name itself.
    func has(_ type: RecordType, at name: DomainName) async throws(NoResponse) -> Bool {
        try await ask(name, type).answers.contains { $0.owner == name && $0.type == type }
    }

    private func ask(_ name: DomainName, _ type: RecordType) async throws(NoResponse) -> Message {
        try await NameserverClient().ask(OutgoingQuery(Question(name: name, type: type)), ofAny: resolvers).message
    }

    /// The apex of the zone above: the name itself has an SOA record, or the denial has that of its zone (RFC 2308 section 3).
    private func parent(of zone: DomainName) async throws(NoResponse) -> DomainName? {
        guard let above = zone.parent else { return nil }
        let response = try await ask(above, .soa)
        return (response.answers + response.authorities).first { $0.type == .soa && above.isAtOrBelow($0.owner) }?.owner
    }

    private func servers(of parent: DomainName) async throws(NoResponse) -> [Endpoint] {
        let response = try await ask(parent, .ns)
        var servers: [Endpoint] = []
        for name in response.targets(of: parent, in: \.answers).prefix(Self.maximumServers) {
            // A name server without an address is left out: another one can be asked.
            guard let address = (try? await addresses(of: name))?.min(by: { $0.isV4 && !$1.isV4 }) else { continue }
            servers.append(Endpoint(address, port: parentPort))
        }
        return servers
    }
}

extension DelegationLook.Sight {
    fileprivate init(_ message: Message, of zone: DomainName, parent: DomainName, isParents: Bool) {
        self.parent = parent
        let own = message.targets(of: zone, in: \.answers)
        // The zone's own records, from a server of both zones or from a resolver in between, come without glue.
        self.isParents = isParents && own.isEmpty
        nameservers = Set(own + message.targets(of: zone, in: \.authorities))
        glue = message.addresses(in: \.additionals)
    }
}

extension Message {
    /// The targets of the NS records of a name. Those that cannot be read are left out.
    fileprivate func targets(of name: DomainName, in section: KeyPath<Message, [Record]>) -> [DomainName] {
        self[keyPath: section].filter { $0.owner == name && $0.type == .ns && $0.class == .in }
            .compactMap { (try? data(of: $0))?.target }
    }

    /// The addresses in a section, by owner. Those that cannot be read are left out.
    fileprivate func addresses(in section: KeyPath<Message, [Record]>) -> [DomainName: Set<IPAddress>] {
        var addresses: [DomainName: Set<IPAddress>] = [:]
        for record in self[keyPath: section] where record.class == .in {
            let octets = (try? data(of: record))?.octets ?? []
            switch (record.type, octets.count) {
            case (.a, 4): addresses[record.owner, default: []].insert(IPAddress(IPv4Address(octets: octets)))
            case (.aaaa, 16): addresses[record.owner, default: []].insert(IPAddress(IPv6Address(octets: octets)))
            default: break
            }
        }
        return addresses
    }
}
