import DNS

/// The delegates with values that will become too old to be served, and when.
struct AgingValues {
    /// The delegates by the second at which they are due, then by their place.
    private var delegates: [Int64: [Int: DomainName]] = [:]
    /// The second at which a delegate is due, by its place. Each has only one.
    private var seconds: [Int: Int64] = [:]

    /// - Parameters:
    ///   - place: the place of the delegate among the table's entries.
    ///   - published: the moments of the values that it has from now on.
    mutating func note(_ place: Int, _ name: DomainName, _ published: [Timestamp]) {
        // The first value that does not stay in any case keeps those after it for as long as it is fresh.
        guard let first = published.dropLast(ValueRetention.alwaysKeptCount).first, seconds[place] == nil else { return }
        let due = first.advanced(by: ValueRetention.lifetime).secondsSinceEpoch
        delegates[due, default: [:]][place] = name
        seconds[place] = due
    }

    /// The delegates that are to be looked at now.
    func due(at now: Timestamp, maximum: Int) -> [(place: Int, name: DomainName)] {
        var found: [(place: Int, name: DomainName)] = []
        for second in delegates.keys.sorted() {
            guard second <= now.secondsSinceEpoch, found.count < maximum else { break }
            found += (delegates[second] ?? [:]).prefix(maximum - found.count).map { (place: $0.key, name: $0.value) }
        }
        return found
    }

    /// Does the same as ``note(_:_:_:)``, whatever was noted before.
    mutating func renew(_ place: Int, _ name: DomainName, _ published: [Timestamp]) {
        if let second = seconds.removeValue(forKey: place) {
            delegates[second]?[place] = nil
            if delegates[second]?.isEmpty == true { delegates[second] = nil }
        }
        note(place, name, published)
    }
}
