import Authority
import DNS
import DNSSEC
import Delegates
import Synchronization
import TestSupport
import Testing

@testable import Signing

/// Servers that sign with the same keys, and the storage that they share, with a clock that the test sets.
final class SharedWorld {
    /// One run of a server.
    struct Node {
        let keys: SharedKeys
        let zones: SignedZones
        /// The number of contents of the storage that the server has taken.
        var taken = 0
        /// Whether the server hears nothing from the storage, and tells it nothing.
        var isCutOff = false
    }

    /// Which server leads, by its place.
    final class Leader: Sendable {
        private let place = Mutex(0)

        var index: Int {
            get { place.withLock(\.self) }
            set { place.withLock { $0 = newValue } }
        }
    }

    private let settings: SigningSettings
    var nodes: [Node] = []
    /// What the storage has had, each in the place of the one before; its number is its place.
    private(set) var stored: [[UInt8]] = []
    let leader = Leader()
    let events = SigningWorld.Events()
    var now = Samples.start

    /// - Parameter commits: whether the first keys are in the storage at once.
    init(nodes count: Int, _ settings: SigningSettings, commits: Bool = true) throws {
        var settings = settings
        settings.isShared = true
        self.settings = settings
        for index in 0..<count { nodes.append(try makeNode(index)) }
        for index in nodes.indices { try adopt(index) }
        if commits { try share() }
    }

    var apex: DomainName {
        get throws { try DomainName("delegates.example.net") }
    }

    private func configured() throws -> Zones {
        let nameserver = try DomainName("ns1.delegates.example.net")
        let builder = ZoneBuilder(
            apexes: [try apex], nameservers: [nameserver],
            startOfAuthority: Zone.StartOfAuthority(
                primary: nameserver, mailbox: try DomainName("hostmaster.example.net"), negativeTTL: 1),
            hasMailRecords: true)
        return builder.build(records: [try ResourceRecord("\(nameserver) 3600 IN A 127.0.0.1")]).zones
    }

    private func makeNode(_ index: Int) throws -> Node {
        let keys = SharedKeys()
        let zones = SignedZones(
            table: DelegateTable(), shared: keys, leads: { [leader] in leader.index == index }, report: events.note)
        return Node(keys: keys, zones: zones)
    }

    private func adopt(_ index: Int) throws {
        try take(at: index)
        try nodes[index].zones.adopt(try configured(), settings, now: now)
    }

    /// Starts a server again, as if the process had been killed.
    func restart(_ index: Int) throws {
        nodes[index] = try makeNode(index)
        try adopt(index)
    }

    /// Lets all servers share the zone's first keys.
    private func share() throws {
        for index in nodes.indices { try commit(at: index) }
        for index in nodes.indices { try take(at: index) }
    }

    /// Puts the proposals of a server into the storage.
    func commit(at index: Int) throws {
        guard !nodes[index].isCutOff else { return }
        for proposal in nodes[index].keys.takeProposals() {
            let last = stored.isEmpty ? nil : ChangeSequence(UInt64(stored.count))
            if proposal.former == last { stored.append(proposal.content) }
            nodes[index].keys.end(proposal, proposal.former == last ? .kept : .overtaken)
        }
    }

    func take(at index: Int) throws {
        guard !nodes[index].isCutOff else { return }
        while nodes[index].taken < stored.count {
            let place = nodes[index].taken
            nodes[index].taken += 1
            _ = try nodes[index].zones.take(
                stored[place], of: try apex, at: ChangeSequence(UInt64(place + 1)), now: now)
        }
    }

    /// Lets time pass for all servers.
    func tick(_ seconds: Int64) throws {
        now = now.advanced(by: .seconds(seconds))
        for index in nodes.indices {
            let zones = nodes[index].zones
            _ = zones.tick(by: seconds, now: now, systemTime: now)
            while zones.refreshSignatures(maximum: 100, now: now) {}
            try commit(at: index)
        }
        for index in nodes.indices { try take(at: index) }
    }

    func parentHas(_ tags: [UInt16]) throws {
        let (apex, now) = (try apex, now)
        for node in nodes {
            node.zones.change {
                $0.zones[apex]?.parent = .keys(Set(tags), ttl: .left(3600))
                $0.zones[apex]?.parentTold = now
            }
        }
    }

    func status(_ index: Int) -> SigningStatus { nodes[index].zones.statuses(now: now)[0] }
}

/// What resolvers can have of a zone's answers, whichever server they asked, and whether it goes together.
struct AnswerMemory {
    /// A DNSKEY RRset, or the signatures over another one, by the tags and algorithms of the keys.
    struct Seen {
        var keys: Set<Key>
        var last: Timestamp
    }

    struct Key: Hashable {
        var tag: UInt16
        var algorithm: SigningAlgorithm
    }

    /// By their content, because a resolver's copy counts from its last sight.
    private var published: [Set<Key>: Timestamp] = [:]
    private var signatures: [Set<Key>: Timestamp] = [:]

    /// Notes what a server answers now.
    ///
    /// - Returns: what does not go together, in words.
    mutating func note(_ status: SigningStatus, at now: Timestamp) -> String? {
        func keys(_ condition: (SigningStatus.Key) -> Bool) -> Set<Key> {
            Set(status.keys.filter(condition).map { Key(tag: $0.tag, algorithm: $0.algorithm) })
        }
        published[keys(\.isPublished)] = now
        signatures[keys(\.signsData)] = now
        for (keys, seen) in published where isHeld(seen, now) {
            for (signers, made) in signatures where isHeld(made, now) {
                guard Set(keys.map(\.algorithm)).isSubset(of: keys.intersection(signers).map(\.algorithm)) else {
                    return "keys \(keys.map(\.tag).sorted()) with signatures of \(signers.map(\.tag).sorted())"
                }
            }
        }
        return nil
    }

    private func isHeld(_ seen: Timestamp, _ now: Timestamp) -> Bool {
        now.secondsSinceEpoch - seen.secondsSinceEpoch <= Int64(ZoneSigner.keyTTL)
    }
}
