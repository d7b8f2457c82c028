/// The highest TTL with which records were given out, as long as somebody may have them with it.
///
/// A lowered TTL does not shorten what resolvers already have: they keep a record for the TTL that it came with.
extension ZoneKeys {
    /// The TTLs that were seen since the highest one was seen last.
    package struct LowerTTL: Hashable, Sendable, Codable {
        /// The highest of them.
        var ttl: UInt32
        /// For how many seconds.
        var seconds: Int64

        package init(ttl: UInt32, seconds: Int64) {
            self.ttl = ttl
            self.seconds = seconds
        }
    }

    /// RFC 8767 section 4 has resolvers keep nothing for longer; widespread ones keep it for a day or a week at most.
    static let longestTTL: UInt32 = 604_800

    /// A TTL as resolvers take it: one with the highest bit is zero (RFC 2181 section 8).
    static func effective(_ ttl: UInt32) -> UInt32 { ttl >= 1 << 31 ? 0 : min(ttl, longestTTL) }

    /// Takes up a TTL that records have now.
    ///
    /// - Parameters:
    ///   - highest: gets lower only when nobody can have records with it any more.
    ///   - lower: what was seen since then.
    ///   - seconds: since the last time.
    static func take(_ ttl: UInt32, to highest: inout UInt32?, _ lower: inout LowerTTL?, by seconds: Int64) {
        guard let known = highest, ttl < known else {
            highest = ttl
            lower = nil
            return
        }
        var seen = lower ?? LowerTTL(ttl: ttl, seconds: 0)
        seen.ttl = max(seen.ttl, ttl)
        seen.seconds += seconds
        if seen.seconds > Int64(known) {
            highest = seen.ttl
            lower = nil
        } else {
            lower = seen
        }
    }
}
