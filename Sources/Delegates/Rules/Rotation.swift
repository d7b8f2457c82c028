/// What becomes of the credentials of a delegate or a group when a new one takes their place.
enum Rotation {
    /// A credential that ends, and when; `nil` means at once.
    typealias Ending = (credential: Credential, end: Timestamp?)

    /// The credentials of an owner that end when a new one takes their place. Those that are good go on until a moment, as long as there
    /// may be that many beside the new one: those that would not end before anyway come first, then those that were used last, then the
    /// newest.
    ///
    /// - Parameters:
    ///   - others: in the order in which they were made.
    ///   - maximum: of credentials, with the new one.
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

    /// A credential that takes the place of others: it may be used from where the newest of them that is good may be, or, if none is, the
    /// newest; and has its label if it has none of its own.
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
