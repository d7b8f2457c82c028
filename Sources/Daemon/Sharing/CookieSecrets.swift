import Authority
import Delegates
import Foundation

/// The secrets of DNS cookies that nodes share, as JSON. The first one makes cookies; all are accepted.
struct CookieSecrets: Codable, Sendable {
    private var digits: [String]
    /// When the first one was made, in seconds since 1970.
    private(set) var made: Int64

    /// The age at which another secret takes the place of the first one. RFC 9018 section 5 wants no secret to be used for long.
    static let lifetime = Duration.seconds(26 * 86_400)

    /// - Parameter former: the secrets until now, of which the first one goes on being accepted.
    init(after former: CookieSecrets?, at time: Timestamp) {
        var generator = SystemRandomNumberGenerator()
        let secret = (0..<ServerCookies.secretLength).map { _ in UInt8.random(in: 0...255, using: &generator) }
        digits = [secret.map { Self.digits(of: $0) }.joined()] + (former?.digits.prefix(1) ?? [])
        made = time.secondsSinceEpoch
    }

    /// - Returns: `nil` if the octets are not such secrets.
    init?(octets: [UInt8]) {
        guard let secrets = try? JSONDecoder().decode(Self.self, from: Data(octets)), !secrets.digits.isEmpty,
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
