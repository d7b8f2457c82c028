/// The places of a storage's sequence that a follower has taken: all up to one, and some after it if entries came out of order.
struct FeedPosition {
    /// All places up to this one were taken.
    private(set) var end: UInt64 = 0
    /// Places after it, in their order; they neither touch nor overlap each other.
    private var ahead: [ClosedRange<UInt64>] = []

    /// Whether no place is missing before the last one that was taken.
    var isGapless: Bool { ahead.isEmpty }

    /// - Returns: whether the places of an entry were taken before.
    func has(_ entry: FeedEntry) -> Bool {
        entry.placeCount == 0 || entry.lastPlace.number <= end
            || ahead.contains { $0.contains(entry.sequence.number) && $0.contains(entry.lastPlace.number) }
    }

    mutating func take(_ entry: FeedEntry) {
        guard entry.placeCount > 0 else { return }
        let places = entry.sequence.number...entry.lastPlace.number
        // As they come from a storage.
        if ahead.isEmpty, places.lowerBound == end + 1 {
            end = places.upperBound
            return
        }
        let index = ahead.firstIndex { $0.lowerBound > places.lowerBound } ?? ahead.endIndex
        ahead.insert(places, at: index)
        merge()
    }

    /// Takes all places up to one.
    mutating func takeAll(upTo sequence: ChangeSequence) {
        end = max(end, sequence.number)
        merge()
    }

    private mutating func merge() {
        var rest: [ClosedRange<UInt64>] = []
        for places in ahead {
            if places.lowerBound <= end + 1 {
                end = max(end, places.upperBound)
            } else if let last = rest.last, places.lowerBound <= last.upperBound + 1 {
                rest[rest.count - 1] = last.lowerBound...max(last.upperBound, places.upperBound)
            } else {
                rest.append(places)
            }
        }
        ahead = rest
    }
}
