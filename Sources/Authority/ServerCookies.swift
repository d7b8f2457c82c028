package import Delegates
import Synchronization

/// DNS cookies (RFC 7873) in the form that all servers of a name can share (RFC 9018): proof that a client has the address that
/// it seems to have.
package final class ServerCookies: Sendable {
    private let state: Mutex<State>
    private let systemTime: (@Sendable () -> Timestamp)?
    /// Whether secrets are made here, and replaced daily.
    private let rotates: Bool

    private struct State {
        /// The first makes cookies, all are accepted.
        var secrets: [[UInt8]]
        var rotated: Timestamp?
    }

    package static let secretLength = 16
    private static let clientCookieLength = 8
    private static let serverCookieLength = 16
    /// Ages in seconds (RFC 9018 section 4.3).
    private static let maximumAge: Int64 = 3600
    private static let maximumAhead: Int64 = 300
    private static let renewalAge: Int64 = 1800
    private static let rotationPeriod = Duration.seconds(86_400)

    /// - Parameters:
    ///   - secrets: sixteen octets each, the same on all servers of a name; none makes random ones, which are replaced once a day.
    ///   - systemTime: cookies carry the time that all servers of a name have, and so the system's; without it, the one that is
    ///     handed in with each query.
    package init(secrets: [[UInt8]], systemTime: (@Sendable () -> Timestamp)? = nil) {
        self.systemTime = systemTime
        precondition(secrets.allSatisfy { $0.count == Self.secretLength })
        rotates = secrets.isEmpty
        state = Mutex(State(secrets: secrets.isEmpty ? [Self.randomSecret()] : secrets))
    }

    package enum Outcome: Hashable, Sendable {
        /// The option is of no length that a cookie has: FORMERR (RFC 7873 section 5.2.2).
        case malformed
        /// The option to send back, and whether the client has proved its address.
        case cookie([UInt8], isValid: Bool)
    }

    /// - Parameter option: the data of the query's COOKIE option.
    package func outcome(of option: [UInt8], from address: IPAddress, now: Timestamp) -> Outcome {
        guard option.count == Self.clientCookieLength || 16...40 ~= option.count else { return .malformed }
        let now = systemTime?() ?? now
        let client = Array(option[..<Self.clientCookieLength])
        let presented = Array(option[Self.clientCookieLength...])
        let secrets = currentSecrets(now: now)
        let age = validAge(of: presented, client: client, address: address, secrets: secrets, now: now)
        if let age, age <= Self.renewalAge { return .cookie(option, isValid: true) }
        let fresh = cookie(
            client: client, time: UInt32(truncatingIfNeeded: now.secondsSinceEpoch), address: address, secret: secrets[0])
        return .cookie(client + fresh, isValid: age != nil)
    }

    /// Whether an option carries more than the client's own part.
    static func hasServerCookie(_ option: [UInt8]) -> Bool {
        option.count > clientCookieLength
    }

    /// The age of a server cookie in seconds; nothing unless one of the secrets made it, for this client, within the hour.
    private func validAge(
        of presented: [UInt8], client: [UInt8], address: IPAddress, secrets: [[UInt8]], now: Timestamp
    ) -> Int64? {
        guard presented.count == Self.serverCookieLength, presented[0] == 1 else { return nil }
        let time = presented[4..<8].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        // Serial number arithmetic: the time has 32 bits and goes round in 2106 (RFC 9018 section 4.3).
        let age = Int64(Int32(bitPattern: UInt32(truncatingIfNeeded: now.secondsSinceEpoch) &- time))
        guard -Self.maximumAhead...Self.maximumAge ~= age else { return nil }
        let isOurs = secrets.contains { secret in
            let expected = cookie(
                client: client, time: time, reserved: Array(presented[1..<4]), address: address, secret: secret)
            return KeyDigest(octets: expected) == KeyDigest(octets: presented)
        }
        return isOurs ? age : nil
    }

    private func cookie(
        client: [UInt8], time: UInt32, reserved: [UInt8] = [0, 0, 0], address: IPAddress, secret: [UInt8]
    ) -> [UInt8] {
        let front = [1] + reserved + (0..<4).map { UInt8(truncatingIfNeeded: time >> (24 - $0 * 8)) }
        return front + SipHash.hash(client + front + address.octets, key: secret)
    }

    private func currentSecrets(now: Timestamp) -> [[UInt8]] {
        state.withLock { state in
            guard rotates else { return state.secrets }
            let rotated = state.rotated ?? now
            state.rotated = rotated
            if now >= rotated.advanced(by: Self.rotationPeriod) {
                state.secrets = [Self.randomSecret(), state.secrets[0]]
                state.rotated = now
            }
            return state.secrets
        }
    }

    private static func randomSecret() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<secretLength).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }
}
