import DNS
import DNSClient
import Sockets

/// The customer's zone: what each of its servers says of the challenge's name, and where that leads.
extension Survey {
    /// The maximum number of addresses of a zone's name servers that are asked.
    private static let maximumAddresses = 48
    /// The number of these that are asked at once: each takes up to six sockets.
    private static let addressesAtOnce = 8

    func customerServers(_ place: Sight<Place>) async -> [ServerSight] {
        guard let zone = place.value?.zone else { return [] }
        return await atEachAddress(of: zone) { server in
            ServerSight(server: server, answer: await challengeAnswer(examination.challengeName, of: server, zone: zone.apex))
        }
    }

    /// What the zone says of a name beside the challenge's. If it is the same, a wildcard answers for both.
    func randomName(_ place: Sight<Place>) async -> Sight<ChallengeAnswer>? {
        guard case .seen(let place) = place, place.state == .present,
            let name = examination.domain.prepending(label: "_nuncio-\(UInt32.random(in: .min ... .max))".utf8)
        else { return nil }
        return await sight { () async throws(DescentFailure) in
            try await descent.ask(.direct(name, .txt), in: place.zone) { ChallengeAnswer($0, of: name) }
        }
    }

    /// Follows the aliases from the challenge's name.
    func chain(from place: Sight<Place>) async -> AliasChain {
        var chain = AliasChain()
        guard case .seen(var place) = place else { return chain }
        var name = examination.challengeName
        while true {
            let next: DomainName
            switch place.state {
            case .alias(name, let target): next = target
            case .redirected(let owner, let target):
                guard let redirected = name.replacing(owner, by: target) else {
                    chain.end = .unseen("the DNAME at \(owner.withoutFinalDot) leads to a name that is too long")
                    return chain
                }
                next = redirected
            default:
                chain.end = chain.names.isEmpty ? .none : .place(place)
                return chain
            }
            guard chain.names.count < AliasChain.maximumLength else {
                chain.end = .tooLong
                return chain
            }
            guard next != examination.challengeName, !chain.names.contains(next) else {
                chain.end = .loop
                return chain
            }
            chain.names.append(next)
            name = next
            do throws(DescentFailure) {
                place = try await descent.place(of: next)
            } catch {
                chain.end = .unseen("\(error)")
                if case .unreachable(let apex, _) = error, let parent = next.parent, next.isAtOrBelow(apex),
                    let above = try? await descent.place(of: parent), above.zone.apex == apex
                {
                    chain.end = .unreachable(above, "\(error)")
                }
                return chain
            }
        }
    }

    /// Asks one server for the CNAME and the TXT records: some programs serve both, though no name may have both (RFC 1034 section 3.6.2).
    func challengeAnswer(_ name: DomainName, of server: ServerAddress, zone: DomainName) async -> Sight<ChallengeAnswer> {
        guard let host = server.host else { return .unseen("the name has no address") }
        var whole = ChallengeAnswer()
        for type in [RecordType.cname, .txt] {
            do throws(ServerFailure) {
                let message = try await descent.ask(.direct(name, type), of: host).message
                guard let answer = ChallengeAnswer(message, of: name) else {
                    return .unseen(
                        message.responseCode == .noError || message.responseCode == .nameError
                            ? "does not answer for \(zone.withoutFinalDot)" : "says \(message.responseCode)")
                }
                whole.add(answer)
            } catch {
                return .unseen(error.words)
            }
        }
        return .seen(whole)
    }

    /// Looks at all addresses of a zone's name servers at once, in the order of their names.
    func atEachAddress<Value: Sendable>(
        of zone: DelegatedZone, _ look: @escaping @Sendable (ServerAddress) async -> Value
    ) async -> [Value] {
        let addresses = await descent.nameservers(of: zone).flatMap { name, hosts in
            hosts.isEmpty ? [ServerAddress(name: name, host: nil)] : hosts.map { ServerAddress(name: name, host: $0) }
        }.prefix(Self.maximumAddresses)
        return await withTaskGroup(of: (Int, Value).self) { group in
            var values: [Int: Value] = [:]
            for (index, address) in addresses.enumerated() {
                if index >= Self.addressesAtOnce, let done = await group.next() { values[done.0] = done.1 }
                group.addTask { (index, await look(address)) }
            }
            for await (index, value) in group { values[index] = value }
            return addresses.indices.compactMap { values[$0] }
        }
    }
}

extension ChallengeAnswer {
    /// - Returns: `nil` if the server does not answer for the name.
    init?(_ message: Message, of name: DomainName) {
        let code = message.responseCode
        let answers = message.sets(\.answers)
        // The code belongs to the last name of the aliases in the answer.
        guard code == .noError || code == .nameError, !answers.isEmpty || message.header.flags.contains(.authoritative) else {
            return nil
        }
        targets = Set((answers[RRsetKey(name, .cname)] ?? []).compactMap(\.target?.lowercased))
        texts = Set((answers[RRsetKey(name, .txt)] ?? []).map(\.joinedStrings))
        redirectedAt =
            answers.keys.first { $0.type == .dname && $0.owner != name && name.isAtOrBelow($0.owner) }?.owner.lowercased
        doesNotExist = code == .nameError && isEmpty
    }

    mutating func add(_ other: ChallengeAnswer) {
        targets.formUnion(other.targets)
        texts.formUnion(other.texts)
        redirectedAt = redirectedAt ?? other.redirectedAt
        doesNotExist = doesNotExist && other.doesNotExist
    }
}

extension DomainName {
    /// The name with its end replaced, as a DNAME does (RFC 6672 section 2.2); `nil` if it becomes too long.
    func replacing(_ end: DomainName, by other: DomainName) -> DomainName? {
        labels.prefix(labelCount - end.labelCount).reversed().reduce(into: DomainName?.some(other)) { name, label in
            name = name?.prepending(label: label)
        }
    }
}

extension RecordData {
    /// The character-strings of TXT data, joined. Octets that are not ASCII become “?”.
    var joinedStrings: String {
        var text = ""
        var rest = octets[...]
        while let length = rest.popFirst() {
            for octet in rest.prefix(Int(length)) {
                text.unicodeScalars.append(0x20...0x7E ~= octet ? Unicode.Scalar(octet) : "?")
            }
            rest = rest.dropFirst(Int(length))
        }
        return text
    }
}
