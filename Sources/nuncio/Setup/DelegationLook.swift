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
        /// The zone above.
        var parent: ParentServers
        /// The targets of the zone's NS records.
        var nameservers: Set<DomainName>
        /// The addresses in the referral, by name.
        var glue: [DomainName: Set<IPAddress>]
        /// Whether a name server of the parent said so, in a referral. Otherwise the NS records are the zone's own, as resolvers see them.
        var isParents: Bool
    }

    /// Looks for the delegation of a zone.
    ///
    /// - Returns: `nil` if no zone above it can be found.
    /// - Throws: ``NoResponse`` if no resolver knows.
    func delegation(of zone: DomainName) async throws(NoResponse) -> Sight? {
        guard let parent = try await ParentServers.find(above: zone, by: resolvers, port: parentPort) else { return nil }
        if !parent.servers.isEmpty, let message = try? await parent.ask(zone, .ns) {
            return Sight(message, of: zone, parent: parent, isParents: true)
        }
        return Sight(try await ask(zone, .ns), of: zone, parent: parent, isParents: false)
    }

    /// What resolvers say of a name.
    struct AddressSight: Hashable {
        /// The addresses, through aliases.
        var addresses: Set<IPAddress> = []
        /// The maximum time in seconds for which a resolver remembers that there are none, as the denial says; `nil` if it does not.
        var memory: UInt32?
    }

    /// Asks resolvers for the addresses of a name.
    func addresses(of name: DomainName) async throws(NoResponse) -> AddressSight {
        var sight = AddressSight()
        for type in [RecordType.a, .aaaa] {
            let message = try await ask(name, type)
            sight.addresses.formUnion(message.addresses(in: \.answers).values.joined())
            let soa = message.authorities.first { $0.type == .soa }
            sight.memory = soa.flatMap { (try? message.data(of: $0))?.minimum } ?? sight.memory
        }
        return sight
    }

    /// Whether there are records of a type at a name itself.
    func has(_ type: RecordType, at name: DomainName) async throws(NoResponse) -> Bool {
        try await ask(name, type).answers.contains { $0.owner == name && $0.type == type }
    }

    private func ask(_ name: DomainName, _ type: RecordType) async throws(NoResponse) -> Message {
        try await NameserverClient().ask(OutgoingQuery(Question(name: name, type: type)), ofAny: resolvers).message
    }
}

extension DelegationLook.Sight {
    fileprivate init(_ message: Message, of zone: DomainName, parent: ParentServers, isParents: Bool) {
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
