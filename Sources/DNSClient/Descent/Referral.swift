import DNS
import Sockets

/// What a server of a zone says of a name in it that was asked for NS.
enum Referral: Sendable {
    /// The name is the apex of another zone, whose servers these are.
    case delegation([DomainName: [Endpoint.Host]])
    /// The name is an apex, and the server asked is the other zone's own.
    case ownApex([DomainName: [Endpoint.Host]])
    case state(Place.State)

    /// - Parameter zone: the apex of the zone whose server was asked; it is above the name.
    /// - Returns: `nil` if the server does not answer for the zone: it refuses, fails, or refers elsewhere than down.
    init?(_ message: Message, of name: DomainName, from zone: DomainName) {
        let isAuthoritative = message.header.flags.contains(.authoritative)
        let answers = message.sets(\.answers)
        if let target = answers[RRsetKey(name, .cname)]?.first?.target {
            self = .state(.alias(name, target: target.lowercased))
        } else if let (key, data) = answers.first(where: {
            $0.key.type == .dname && name != $0.key.owner && name.isAtOrBelow($0.key.owner)
        }),
            let target = data.first?.target
        {
            self = .state(.redirected(key.owner.lowercased, target: target.lowercased))
        } else if message.responseCode == .nameError {
            guard isAuthoritative else { return nil }
            self = .state(.absent(name))
        } else if message.responseCode != .noError {
            return nil
        } else if let names = answers[RRsetKey(name, .ns)] {
            guard isAuthoritative else { return nil }
            self = .ownApex(message.addresses(of: names.compactMap(\.target), below: zone))
        } else if let names = message.sets(\.authorities)[RRsetKey(name, .ns)], !isAuthoritative {
            self = .delegation(message.addresses(of: names.compactMap(\.target), below: zone))
        } else if isAuthoritative {
            self = .state(.present)
        } else {
            return nil
        }
    }
}

extension Message {
    /// The names, with their addresses from the additional section. The server can know only those of names at or below its zone.
    fileprivate func addresses(of names: [DomainName], below zone: DomainName) -> [DomainName: [Endpoint.Host]] {
        let additionals = sets(\.additionals)
        // A server can name thousands, and give each thousands of addresses.
        let names = Set(names.map(\.lowercased)).sorted { "\($0)" < "\($1)" }.prefix(Descent.maximumNameservers)
        var found: [DomainName: [Endpoint.Host]] = [:]
        // In a response names may have the random case of the query.
        for name in names {
            let data = name.isAtOrBelow(zone) ? [RecordType.a, .aaaa].flatMap { additionals[RRsetKey(name, $0)] ?? [] } : []
            found[name] = data.compactMap(Endpoint.Host.init).unique(maximum: Descent.maximumAddresses)
        }
        return found
    }
}
