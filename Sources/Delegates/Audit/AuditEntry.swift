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
        self.init(
            number: number, time: event.time, kind: event.kind.rawValue, actor: event.actor, address: event.address,
            delegate: event.delegate?.lowercased.withoutFinalDot, detail: event.detail, after: previous)
    }

    /// Makes a digest of an entry's parts as a storage keeps them.
    ///
    /// - Parameter delegate: the name in lower case, without its final dot.
    package init(
        number: UInt64, time: Timestamp, kind: String, actor: String, address: String?, delegate: String?, detail: String?,
        after previous: AuditDigest
    ) {
        var entry = previous.octets
        entry.reserveCapacity(320)
        Self.append(number, to: &entry)
        Self.append(UInt64(bitPattern: time.secondsSinceEpoch), to: &entry)
        // Each text follows its length, so that none can pass for the end of one and the beginning of the next.
        for text in [kind, actor, address ?? "", delegate.map { $0 == "." ? $0 : $0 + "." } ?? "", detail ?? ""] {
            Self.append(UInt64(text.utf8.count), to: &entry)
            entry.append(contentsOf: text.utf8)
        }
        octets = Array(SHA256.hash(data: entry))
    }

    private static func append(_ number: UInt64, to octets: inout [UInt8]) {
        for shift in stride(from: 56, through: 0, by: -8) {
            octets.append(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
        }
    }

    package var description: String {
        octets.map { octet in (octet < 16 ? "0" : "") + String(octet, radix: 16) }.joined()
    }
}
