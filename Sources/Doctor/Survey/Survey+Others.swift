import Crypto
import DNS
import DNSClient
import DNSSEC
import Sockets

/// What leads to a certificate beside the delegate, what resolvers remember, and the signatures of zones.
extension Survey {
    /// How many names above the domain are asked for `_validation-persist`; those that have one label are none.
    private static var maximumPersistentAbove: Int { 8 }

    func otherWays() async -> OtherWaysSight {
        var sight = OtherWaysSight()
        async let above = persistentAbove()
        for account in examination.accounts {
            guard let name = AccountLabel.name(for: account, of: examination.domain) else { continue }
            let answer = await sightOfAnswer(at: name)
            sight.accountLabels.append((account, name, answer))
        }
        if let name = examination.domain.prepending(label: "_validation-persist".utf8) {
            sight.persistent = await sightOfAnswer(at: name)
        }
        sight.persistentAbove = await above
        return sight
    }

    private func persistentAbove() async -> [(domain: DomainName, answer: Sight<ChallengeAnswer>)] {
        let domains = sequence(first: examination.domain, next: \.parent).dropFirst().prefix { $0.labelCount > 1 }
            .prefix(Self.maximumPersistentAbove)
        return await withTaskGroup { group in
            for (index, domain) in domains.enumerated() {
                guard let name = domain.prepending(label: "_validation-persist".utf8) else { continue }
                group.addTask { (index, domain, await sightOfAnswer(at: name)) }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map { ($0.1, $0.2) }
        }
    }

    private func sightOfAnswer(at name: DomainName) async -> Sight<ChallengeAnswer> {
        await sight { () async throws(DescentFailure) in
            let place = try await descent.place(of: name)
            if case .absent = place.state { return ChallengeAnswer() }
            return try await descent.ask(.direct(name, .txt), in: place.zone) { ChallengeAnswer($0, of: name) }
        }
    }

    /// What the given resolvers say, all at once.
    func resolverSights() async -> [ResolverSight] {
        guard !examination.resolvers.isEmpty else { return [] }
        let query = OutgoingQuery(Question(name: examination.challengeName, type: .txt))
        let outcomes = await NameserverClient.impatient.ask(query, ofEach: examination.resolvers)
        return zip(examination.resolvers, outcomes).map { resolver, outcome in
            switch outcome {
            case .failure(let failure): ResolverSight(resolver: resolver, answer: .unseen(failure.words))
            case .success(let response): ResolverSight(resolver: resolver, response.message, examination.challengeName)
            }
        }
    }

    /// The parent's DS records of a zone, its keys, and the end of its signatures.
    func signedZone(_ zone: DelegatedZone?, asking name: DomainName, _ type: RecordType) async -> SignedZoneSight? {
        guard let zone, let parent = zone.parent else { return nil }
        async let signers = sight { () async throws(DescentFailure) in
            let place = try await descent.place(of: parent)
            return try await descent.ask(.direct(zone.apex, .ds), in: place.zone) { $0.authoritativeData(of: zone.apex, .ds) }
        }
        async let keys = sight { () async throws(DescentFailure) in
            try await descent.ask(.direct(zone.apex, .dnskey), in: zone) { $0.authoritativeData(of: zone.apex, .dnskey) }
        }
        async let ofApex = signatureExpiries(in: zone, at: zone.apex, .soa)
        async let ofKeys = signatureExpiries(in: zone, at: zone.apex, .dnskey)
        async let ofName = signatureExpiries(in: zone, at: name, type)
        let expiries = await ofApex + ofKeys + ofName
        return SignedZoneSight(
            apex: zone.apex, delegationSigners: await signers, keys: await keys, firstExpiry: expiries.min())
    }

    private func signatureExpiries(in zone: DelegatedZone, at owner: DomainName, _ type: RecordType) async -> [Int64] {
        let found = await sight { () async throws(DescentFailure) in
            try await descent.ask(.direct(owner, type, isDNSSECOK: true), in: zone) { message in
                message.header.flags.contains(.authoritative) ? message.signatureExpiries(below: zone.apex) : nil
            }
        }
        return found.value ?? []
    }
}

/// The label of dns-account-01 (draft-ietf-acme-dns-account-label): an underscore and the base 32 of the first ten octets of a digest.
enum AccountLabel {
    static func name(for account: String, of domain: DomainName) -> DomainName? {
        let digits = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
        let octets = SHA256.hash(data: Array(account.utf8)).prefix(10)
        var label = [UInt8(ascii: "_")]
        var (bits, count): (UInt32, UInt32) = (0, 0)
        for octet in octets {
            bits = bits << 8 | UInt32(octet)
            count += 8
            while count >= 5 {
                count -= 5
                label.append(digits[Int(bits >> count & 31)])
            }
        }
        return domain.prepending(label: "_acme-challenge".utf8)?.prepending(label: label)
    }
}

extension ResolverSight {
    fileprivate init(resolver: Endpoint, _ message: Message, _ name: DomainName) {
        guard message.responseCode == .noError || message.responseCode == .nameError else {
            self.init(resolver: resolver, answer: .unseen("says \(message.responseCode)"))
            return
        }
        let answers = message.sets(\.answers)
        var targets: [DomainName] = []
        var end = name
        while let target = answers[RRsetKey(end, .cname)]?.first?.target, targets.count < AliasChain.maximumLength {
            targets.append(target)
            end = target
        }
        self.init(
            resolver: resolver,
            answer: .seen((targets, Set((answers[RRsetKey(end, .txt)] ?? []).map(\.joinedStrings)))))
    }
}

extension Message {
    /// The data in an authoritative response; empty if it has none, `nil` if it is none.
    fileprivate func authoritativeData(of owner: DomainName, _ type: RecordType) -> [RecordData]? {
        guard header.flags.contains(.authoritative), responseCode == .noError || responseCode == .nameError else { return nil }
        return sets(\.answers)[RRsetKey(owner, type)] ?? []
    }

    /// When the signatures over records at or below a name end, in seconds since 1970.
    fileprivate func signatureExpiries(below apex: DomainName) -> [Int64] {
        (answers + authorities).filter { $0.type == .rrsig && $0.owner.isAtOrBelow(apex) }.compactMap { record in
            guard let octets = try? data(of: record).octets, octets.count > 12 else { return nil }
            // Until 2106 the number does not wrap around (RFC 4034 section 3.1.5).
            return octets[8..<12].reduce(0) { $0 << 8 | Int64($1) }
        }
    }
}
