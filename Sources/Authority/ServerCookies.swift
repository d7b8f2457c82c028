import DNS
package import Delegates

/// DNS cookies (RFC 7873) in the form that all servers of a name can share (RFC 9018): proof that a client has the address that it seems to
/// have.
///
/// A single server needs no secrets that are kept: one for each day follows from a random one, so there is no state, no lock and nothing
/// to rotate. Several servers must share theirs.
package struct ServerCookies: Sendable {
    /// The first secret makes cookies; all are accepted. If there are none, each day has its own, made from ``master``.
    private var secrets: [SipHash.Key]
    private let master: SipHash.Key
    private let systemTime: (@Sendable () -> Timestamp)?

    package static let secretLength = 16
    private static let clientCookieLength = 8
    private static let cookieLength = 24
    private static let version: UInt64 = 1
    /// Ages in seconds (RFC 9018 section 4.3).
    private static let maximumAge: Int64 = 3600
    private static let maximumAhead: Int64 = 300
    private static let renewalAge: Int64 = 1800
    private static let secondsPerDay: UInt64 = 86_400

    /// - Parameters:
    ///   - secrets: sixteen octets each, the same on all servers of a name; if empty, each day has a random one.
    ///   - systemTime: the system's time, which cookies carry because all servers of a name have it; `nil` for the time passed with each
    ///     query.
    package init(secrets: [[UInt8]], systemTime: (@Sendable () -> Timestamp)? = nil) {
        precondition(secrets.allSatisfy { $0.count == Self.secretLength })
        self.systemTime = systemTime
        self.secrets = secrets.map { SipHash.Key(octets: $0) }
        var generator = SystemRandomNumberGenerator()
        master = SipHash.Key(low: generator.next(), high: generator.next())
    }

    /// The same cookies with other secrets; the random ones stay.
    package func with(secrets: [[UInt8]]) -> ServerCookies {
        precondition(secrets.allSatisfy { $0.count == Self.secretLength })
        var changed = self
        changed.secrets = secrets.map { SipHash.Key(octets: $0) }
        return changed
    }

    package enum Outcome: Hashable, Sendable {
        /// The option has a length that no cookie has: FORMERR (RFC 7873 section 5.2.2).
        case malformed
        /// The option to send back, and whether the client has proved its address.
        case cookie(Cookie, isValid: Bool)
    }

    /// A client's and a server's cookie as three words in network order: the client's part; version, reserved octets and time; the hash.
    package struct Cookie: Hashable, Sendable {
        package var words: InlineArray<3, UInt64>

        package static func == (left: Cookie, right: Cookie) -> Bool {
            (left.words[0] ^ right.words[0]) | (left.words[1] ^ right.words[1]) | (left.words[2] ^ right.words[2]) == 0
        }

        package func hash(into hasher: inout Hasher) { for index in 0..<3 { hasher.combine(words[index]) } }

        /// - Parameter option: at least eight octets; unless it has 24, the server's part is 0.
        init(_ option: Span<UInt8>) {
            func word(_ index: Int) -> UInt64 {
                (0..<8).reduce(0) { $0 << 8 | UInt64(option[index * 8 + $1]) }
            }
            words = option.count == ServerCookies.cookieLength ? [word(0), word(1), word(2)] : [word(0), 0, 0]
        }

        init(client: UInt64, front: UInt64, hash: UInt64) {
            words = [client, front, hash]
        }

        /// In seconds, in 32 bits that wrap in 2106 (RFC 9018 section 4.3).
        var time: UInt32 { UInt32(truncatingIfNeeded: words[1]) }
        var version: UInt64 { words[1] >> 56 }
    }

    /// - Parameter option: the data of the query's COOKIE option.
    package func outcome(of option: Span<UInt8>, from address: IPAddress, now: Timestamp) -> Outcome {
        guard option.count == Self.clientCookieLength || 16...40 ~= option.count else { return .malformed }
        let now = UInt64(bitPattern: (systemTime?() ?? now).secondsSinceEpoch)
        let presented = Cookie(option)
        let age = validAge(of: presented, address: address, now: now)
        if let age, age <= Self.renewalAge { return .cookie(presented, isValid: true) }
        let front = Self.version << 56 | now & 0xFFFF_FFFF
        let secret = secrets.first ?? secret(ofDay: now / Self.secondsPerDay)
        return .cookie(cookie(client: presented.words[0], front: front, address: address, secret: secret), isValid: age != nil)
    }

    /// Whether an option has more than the client's part.
    static func hasServerCookie(_ option: Span<UInt8>) -> Bool {
        option.count > clientCookieLength
    }

    /// The age of a server cookie in seconds; `nil` unless one of the secrets made it, for this client, within the hour.
    private func validAge(of presented: Cookie, address: IPAddress, now: UInt64) -> Int64? {
        guard presented.version == Self.version else { return nil }
        // Serial number arithmetic.
        let age = Int64(Int32(bitPattern: UInt32(truncatingIfNeeded: now) &- presented.time))
        guard -Self.maximumAhead...Self.maximumAge ~= age else { return nil }
        func isMade(with secret: SipHash.Key) -> Bool {
            cookie(client: presented.words[0], front: presented.words[1], address: address, secret: secret) == presented
        }
        if secrets.isEmpty {
            let made = UInt64(bitPattern: Int64(bitPattern: now) - age)
            return isMade(with: secret(ofDay: made / Self.secondsPerDay)) ? age : nil
        }
        for secret in secrets where isMade(with: secret) { return age }
        return nil
    }

    private func cookie(client: UInt64, front: UInt64, address: IPAddress, secret: SipHash.Key) -> Cookie {
        var hash = SipHash(key: secret)
        hash.take(client.byteSwapped)
        hash.take(front.byteSwapped)
        let digest: UInt64
        switch address {
        case .v4(let address):
            digest = hash.finish(UInt64(address.number.byteSwapped), count: 4)
        case .v6(let address):
            hash.take(address.high.byteSwapped)
            hash.take(address.low.byteSwapped)
            digest = hash.finish()
        }
        return Cookie(client: client, front: front, hash: digest.byteSwapped)
    }

    private func secret(ofDay day: UInt64) -> SipHash.Key {
        func half(_ index: UInt64) -> UInt64 {
            var hash = SipHash(key: master)
            hash.take(day)
            return hash.finish(index, count: 1)
        }
        return SipHash.Key(low: half(0), high: half(1))
    }
}
