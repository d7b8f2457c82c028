/// The highest TTL of served records, for as long as resolvers may hold records with it.
///
/// A lowered TTL does not affect what resolvers already have: they keep a record for the TTL that it came with.
extension ZoneKeys {
    /// The TTLs seen since the highest one was last seen.
    package struct LowerTTL: Hashable, Sendable, Codable {
        /// The highest of these TTLs.
        var ttl: UInt32
        /// The time since the highest one was last seen, in seconds.
        var seconds: Int64

        package init(ttl: UInt32, seconds: Int64) {
            self.ttl = ttl
            self.seconds = seconds
        }
    }

    /// RFC 8767 section 4 limits caching to this, in seconds; common resolvers keep records for a day or a week at most.
    static let longestTTL: UInt32 = 604_800

    /// A TTL as resolvers interpret it: one with the highest bit set is zero (RFC 2181 section 8).
    static func effective(_ ttl: UInt32) -> UInt32 { ttl >= 1 << 31 ? 0 : min(ttl, longestTTL) }

    /// Accounts for the TTL that records have now.
    ///
    /// - Parameters:
    ///   - highest: the highest TTL, which falls only when no resolver can have records with it any more.
    ///   - lower: the TTLs seen since then.
    ///   - seconds: the number of seconds since the last call.
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
