/// What happens to the credentials of a delegate or a group when a new one takes their place.
enum Rotation {
    /// A credential that ends, and when; `nil` means at once.
    typealias Ending = (credential: Credential, end: Timestamp?)

    /// The credentials that end when a new one takes their place. Valid ones stay until a moment, as far as the maximum allows beside the
    /// new one: first those that would not end before it anyway, then the most recently used, then the newest.
    ///
    /// - Parameters:
    ///   - others: in the order in which they were made.
    ///   - maximum: the number of credentials, including the new one.
    static func endings(of others: [Credential], at end: Timestamp, now: Timestamp, maximum: Int) -> [Ending] {
        let good = end <= now ? [] : others.enumerated().filter { !$0.element.hasExpired(at: now) }
        func rank(_ index: Int, _ credential: Credential) -> (Int, Int64, Int) {
            (credential.expires.map { $0 > end } ?? true ? 1 : 0, credential.lastUse?.time.secondsSinceEpoch ?? .min, index)
        }
        let goingOn = good.sorted { rank($0.offset, $0.element) > rank($1.offset, $1.element) }
            .prefix(max(0, maximum - 1)).map(\.element.username)
        return others.compactMap { credential in
            guard goingOn.contains(credential.username) else { return (credential, nil) }
            return credential.hasExpired(at: end) ? nil : (credential, end)
        }
    }

    /// Makes a credential the successor of others: it gets the allowed networks of the newest valid one or, if none is valid, of the
    /// newest; and that one's label, if it has none of its own.
    ///
    /// - Parameter others: in the order in which they were made.
    static func successor(_ new: Credential, of others: [Credential], at now: Timestamp) -> Credential {
        guard let model = others.last(where: { !$0.hasExpired(at: now) }) ?? others.last else { return new }
        var new = new
        new.allowedNetworks = model.allowedNetworks
        if new.label.isEmpty { new.label = model.label }
        return new
    }
}
