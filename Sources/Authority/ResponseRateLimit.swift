import DNS
package import Delegates

/// Keeps a name server from being used against others: a flood of queries that seem to come from a network brings that network less than
/// was sent in its name.
///
/// Each network (IPv4 /24, IPv6 /56) has a credit in octets. The credit grows by a fixed number each second, up to one second's worth, and
/// by a part of each query's length. Each response is taken from it. A response beyond the credit is replaced with one that is as short as
/// its query and only tells the client to ask over TCP. A response about a delegate is never treated worse as long as the queries
/// themselves pay for it, which seven of eight do; of all other queries, half get no response.
///
/// For one thread: nothing here is shared.
package struct ResponseRateLimit: Sendable {
    let settings: Settings
    private let octetsPerSecond: Int32
    private let seed: UInt64
    private var buckets: [Bucket]

    private struct Bucket {
        /// A part of the network's hash; 0 if the bucket is free.
        var tag: UInt32 = 0
        /// When the credit was last topped up, in seconds.
        var second: UInt32 = 0
        var credit: Int32 = 0
        var wasDropped = false
    }

    /// How the rate of responses is limited.
    package struct Settings: Hashable, Sendable {
        /// What a network may get beyond what it pays for, in octets a second; 0 means no limit.
        package var octetsPerSecond: Int
        /// The networks to which the limit does not apply.
        package var exempt: [IPNetwork]

        package init(octetsPerSecond: Int = 0, exempt: [IPNetwork] = []) {
            self.octetsPerSecond = octetsPerSecond
            self.exempt = exempt
        }

        /// The settings of each of several threads, among which the kernel spreads a network's queries.
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

    /// The number of networks that have a credit at a time; another one replaces the one in its set that has not asked for longest.
    static let bucketCount = 1 << 15
    /// The number of buckets that a network's hash leads to.
    private static let setSize = 4

    package init(_ settings: Settings) {
        octetsPerSecond = Int32(clamping: settings.octetsPerSecond)
        self.settings = settings
        var generator = SystemRandomNumberGenerator()
        seed = generator.next()
        buckets = Array(repeating: Bucket(), count: settings.octetsPerSecond > 0 ? Self.bucketCount : 0)
    }

    /// What a response costs, in octets, and whether it is about a delegate.
    struct Response {
        var length: Int
        /// The length of the response that only tells the client to ask over TCP.
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

    /// Tops up the bucket of a network and returns its place.
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
