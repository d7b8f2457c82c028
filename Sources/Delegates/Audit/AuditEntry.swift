import Crypto
import DNS

/// An event at its place in the log.
package struct AuditEntry: Hashable, Sendable {
    /// One more than the number of the previous entry.
    package var number: UInt64
    package var event: AuditEvent
    package var digest: AuditDigest

    package init(number: UInt64, event: AuditEvent, digest: AuditDigest) {
        self.number = number
        self.event = event
        self.digest = digest
    }
}

/// The SHA-256 of the previous digest and of the entry itself, which ties an entry to all entries before it. Changing, adding or removing
/// an entry means making all later ones again, and they then end in another digest than the one that was noted.
package struct AuditDigest: Hashable, Sendable, CustomStringConvertible {
    package let octets: [UInt8]

    /// The digest before the first entry.
    package static let origin = AuditDigest(octets: Array(repeating: 0, count: length))
    package static let length = SHA256.byteCount

    package init(octets: [UInt8]) {
        self.octets = octets
    }

    package init(of event: AuditEvent, number: UInt64, after previous: AuditDigest) {
        let texts = [
            event.kind.rawValue, event.actor, event.address ?? "", event.delegate?.lowercased.description ?? "",
            event.detail ?? "",
        ]
        var input: [UInt8] = []
        input.reserveCapacity(previous.octets.count + 8 * (2 + texts.count) + texts.reduce(0) { $0 + $1.utf8.count })
        input += previous.octets
        Self.append(number, to: &input)
        Self.append(UInt64(bitPattern: event.time.secondsSinceEpoch), to: &input)
        // Each text follows its length, so that none can pass for the end of one and the beginning of the next.
        for text in texts {
            Self.append(UInt64(text.utf8.count), to: &input)
            input += text.utf8
        }
        octets = Array(SHA256.hash(data: input))
    }

    private static func append(_ number: UInt64, to input: inout [UInt8]) {
        for shift in stride(from: 56, through: 0, by: -8) { input.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    package var description: String {
        octets.map { octet in (octet < 16 ? "0" : "") + String(octet, radix: 16) }.joined()
    }
}
