import DNS
package import Delegates

/// Keeps a name server from being used against others: a flood of queries that seem to come from a network brings that network
/// less than was sent in its name.
///
/// Each network (IPv4 /24, IPv6 /56) has a credit in octets. It grows by a fixed number each second, up to what one second brings,
/// and by a part of each query's length; each response is taken from it. A response for which there is not enough is replaced by
/// one that is as short as its query and says: ask over TCP. What is about a delegate is never treated worse than that as long as
/// the queries themselves pay for it, which seven of eight do; of all other queries half get no answer at all.
///
/// For one thread: nothing here is shared.
package struct ResponseRateLimit: Sendable {
    let settings: Settings
    private let octetsPerSecond: Int32
    private let seed: UInt64
    private var buckets: [Bucket]

    private struct Bucket {
        /// A part of the network's hash; 0 for nobody.
        var tag: UInt32 = 0
        /// When the credit was last topped up, in seconds.
        var second: UInt32 = 0
        var credit: Int32 = 0
        var wasDropped = false
    }

    /// How the rate of responses is limited.
    package struct Settings: Hashable, Sendable {
        /// What a network may get beyond what it pays for, in octets a second; 0 is no limit.
        package var octetsPerSecond: Int
        /// Whom the limit does not concern.
        package var exempt: [IPNetwork]

        package init(octetsPerSecond: Int = 0, exempt: [IPNetwork] = []) {
            self.octetsPerSecond = octetsPerSecond
            self.exempt = exempt
        }

        /// What each of some threads may grant, between which the kernel spreads a network's queries.
        package func shared(by threads: Int) -> Settings {
            Settings(octetsPerSecond: (octetsPerSecond + threads - 1) / threads, exempt: exempt)
        }
    }

    package enum Verdict: Hashable, Sendable {
        case respond
        /// With TC, and nothing that makes it longer than the query.
        case truncate
        case drop
    }

    /// Networks that have a credit of their own at a time; one more takes the place of one that has not asked for longest.
    static let bucketCount = 1 << 15
    /// A network's bucket is one of so many.
    private static let setSize = 4

    package init(_ settings: Settings) {
        octetsPerSecond = Int32(clamping: settings.octetsPerSecond)
        self.settings = settings
        var generator = SystemRandomNumberGenerator()
        seed = generator.next()
        buckets = Array(repeating: Bucket(), count: settings.octetsPerSecond > 0 ? Self.bucketCount : 0)
    }

    /// What a response is about to cost, and what it is about.
    struct Response {
        var length: Int
        /// Of the response that only says: ask over TCP.
        var truncatedLength: Int
        var queryLength: Int
        var isAboutDelegate: Bool
    }

    mutating func verdict(on response: Response, to address: IPAddress, now: Timestamp) -> Verdict {
        guard !buckets.isEmpty, !settings.exempt.contains(where: { $0.contains(address) }) else { return .respond }
        let place = bucket(of: address, second: UInt32(truncatingIfNeeded: now.secondsSinceEpoch))
        let earned = response.isAboutDelegate ? response.queryLength - response.queryLength / 8 : response.queryLength / 2
        let credit = min(octetsPerSecond, buckets[place].credit + Int32(clamping: earned))
        func remaining(after length: Int) -> Int32? {
            let rest = credit - Int32(clamping: length)
            return rest >= 0 ? rest : nil
        }
        if let rest = remaining(after: response.length) {
            buckets[place].credit = rest
            return .respond
        }
        if response.isAboutDelegate || buckets[place].wasDropped, let rest = remaining(after: response.truncatedLength) {
            buckets[place].credit = rest
            buckets[place].wasDropped = false
            return .truncate
        }
        buckets[place].credit = credit
        buckets[place].wasDropped = true
        return .drop
    }

    /// The place of a network's bucket, topped up.
    private mutating func bucket(of address: IPAddress, second: UInt32) -> Int {
        var hash = WordHash(seed: seed)
        switch address {
        case .v4(let address): hash.combine(UInt64(address.number >> 8))
        case .v6(let address): hash.combine(address.high >> 8 | 1 << 63)
        }
        let tag = UInt32(truncatingIfNeeded: hash.value >> 32) | 1
        let set = (Int(truncatingIfNeeded: hash.value) & (Self.bucketCount / Self.setSize - 1)) * Self.setSize
        var place = set
        for candidate in set..<set + Self.setSize {
            if buckets[candidate].tag == tag {
                let elapsed = Int64(Int32(bitPattern: second &- buckets[candidate].second))
                if elapsed > 0 {
                    let credit = Int64(buckets[candidate].credit) + elapsed * Int64(octetsPerSecond)
                    buckets[candidate].credit = Int32(min(credit, Int64(octetsPerSecond)))
                    buckets[candidate].second = second
                }
                return candidate
            }
            let isOlder = Int32(bitPattern: buckets[candidate].second &- buckets[place].second) < 0
            if isOlder || buckets[candidate].tag == 0 && buckets[place].tag != 0 { place = candidate }
        }
        buckets[place] = Bucket(tag: tag, second: second, credit: octetsPerSecond)
        return place
    }
}
