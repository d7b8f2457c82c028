import Authority
import Delegates
import Foundation

/// The secrets of DNS cookies that nodes share, as JSON. The first one makes cookies; all are accepted.
///
/// A new one is accepted by all nodes before one makes cookies with it (RFC 9018 section 5): it comes second at first, and then changes places with
/// the one before, which goes on being accepted.
struct CookieSecrets: Codable, Sendable {
    private var digits: [String]
    /// When they became these, in seconds since 1970.
    private(set) var made: Int64
    /// Whether the second one is new, and is to take the first place.
    private(set) var hasNext: Bool

    /// The age at which another secret is to take the place of the first one: RFC 9018 section 5 wants no secret to be used for long.
    static let lifetime = Duration.seconds(26 * 86_400)
    /// How long a new secret is only accepted. Nodes that are alive have it as soon as it is in the storage.
    static let notice = Duration.seconds(60)

    private init(_ digits: [String], made: Timestamp, hasNext: Bool) {
        self.digits = digits
        self.made = made.secondsSinceEpoch
        self.hasNext = hasNext
    }

    /// What takes the place of the secrets at a time; `nil` if nothing does.
    ///
    /// - Parameter known: `nil` if there are none.
    static func due(after known: CookieSecrets?, at now: Timestamp) -> CookieSecrets? {
        guard let known, let first = known.digits.first else { return CookieSecrets([new()], made: now, hasNext: false) }
        let age = now.secondsSinceEpoch - known.made
        if known.hasNext {
            guard age < 0 || age >= notice.components.seconds else { return nil }
            return CookieSecrets(known.digits.reversed(), made: now, hasNext: false)
        }
        // One that was made in the future, by a clock that was wrong, counts as old.
        guard age < 0 || age >= lifetime.components.seconds else { return nil }
        return CookieSecrets([first, new()], made: now, hasNext: true)
    }

    private static func new() -> String {
        var generator = SystemRandomNumberGenerator()
        let secret = (0..<ServerCookies.secretLength).map { _ in UInt8.random(in: 0...255, using: &generator) }
        return secret.map { digits(of: $0) }.joined()
    }

    /// - Returns: `nil` if the octets are not such secrets.
    init?(octets: [UInt8]) {
        guard let secrets = try? JSONDecoder().decode(Self.self, from: Data(octets)), (1...2).contains(secrets.digits.count),
            secrets.secrets.count == secrets.digits.count
        else { return nil }
        self = secrets
    }

    var octets: [UInt8] {
        guard let text = try? JSONEncoder().encode(self) else { preconditionFailure("JSON has no form for secrets.") }
        return Array(text)
    }

    /// The secrets with ``ServerCookies/secretLength`` octets each; those that have another length are left out.
    var secrets: [[UInt8]] {
        digits.compactMap { text in
            let octets = stride(from: 0, to: text.utf8.count, by: 2).compactMap { place in
                UInt8(text.dropFirst(place).prefix(2), radix: 16)
            }
            return octets.count == ServerCookies.secretLength ? octets : nil
        }
    }

    private static func digits(of octet: UInt8) -> String { (octet < 16 ? "0" : "") + String(octet, radix: 16) }
}
