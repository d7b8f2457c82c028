import DNS

/// Of which delegates a value will be too old to be served, and when.
struct AgingValues {
    /// By the second.
    private var delegates: [Int64: [Int: DomainName]] = [:]
    /// Of each delegate it is known once.
    private var seconds: [Int: Int64] = [:]
    private var next = Int64.min

    /// - Parameters:
    ///   - place: of the delegate among the table's entries.
    ///   - published: the moments of the values that it has from now on.
    mutating func note(_ place: Int, _ name: DomainName, _ published: [Timestamp]) {
        // The first of those that do not stay anyway keeps those behind it as long as it is fresh itself.
        guard let first = published.dropLast(ValueRetention.alwaysKeptCount).first, seconds[place] == nil else { return }
        let due = max(first.advanced(by: ValueRetention.lifetime).secondsSinceEpoch, next)
        delegates[due, default: [:]][place] = name
        seconds[place] = due
    }

    /// Whether there are some to be looked at now.
    func isDue(at now: Timestamp) -> Bool { delegates.keys.contains { $0 <= now.secondsSinceEpoch } }

    /// Those that are to be looked at now.
    mutating func removeDue(at now: Timestamp) -> [Int: DomainName] {
        next = now.secondsSinceEpoch + 1
        var found: [Int: DomainName] = [:]
        for second in delegates.keys where second < next {
            for (place, name) in delegates.removeValue(forKey: second) ?? [:] {
                found[place] = name
                seconds[place] = nil
            }
        }
        return found
    }
}
