package import Delegates

/// Checks that the entries of an audit log follow each other: that none was changed, added or removed.
package struct AuditVerification {
    private let first: UInt64
    private let noted: NotedEntry?
    private var number: UInt64
    private var digest: AuditDigest
    /// The digest that the log has at the place of the noted entry. The place before the first entry is such a place too.
    private var found: AuditDigest?
    /// Where the log begins, as its own entries say.
    private var shortenedTo: UInt64 = 0
    private var broken: UInt64?

    /// - Parameters:
    ///   - number: the number that the first entry follows.
    ///   - digest: the digest that it follows.
    ///   - noted: an entry that must be in the log.
    package init(after number: Int64, digest: [UInt8], noted: NotedEntry?) {
        first = UInt64(clamping: number)
        self.noted = noted
        self.number = first
        self.digest = AuditDigest(octets: digest)
        found = noted?.number == first ? self.digest : nil
    }

    /// Takes the next entry, with its texts as they are stored: a million names take seconds to read.
    ///
    /// - Returns: whether it follows the one before.
    package mutating func take(
        number stored: Int64, time: Int64, kind: String, actor: String, address: String?, delegate: String?, detail: String?,
        digest storedDigest: [UInt8]
    ) -> Bool {
        guard broken == nil else { return false }
        number += 1
        let next = AuditDigest(
            number: number, time: Timestamp(secondsSinceEpoch: time), kind: kind, actor: actor, address: address,
            delegate: delegate, detail: detail, after: digest)
        guard stored == Int64(clamping: number), AuditEvent.Kind(rawValue: kind) != nil, next.octets == storedDigest else {
            broken = number
            return false
        }
        if kind == AuditEvent.Kind.shortened.rawValue { shortenedTo = detail.flatMap { UInt64($0) } ?? 0 }
        digest = next
        if noted?.number == number { found = digest }
        return true
    }

    /// The verdict on all entries that were taken.
    package var verdict: AuditVerdict {
        if let broken { return .broken(number: broken) }
        guard first == shortenedTo else { return .broken(number: shortenedTo + 1) }
        if let noted, let absence = absence(of: noted) { return .notedEntryGone(absence) }
        return .whole(count: Int(clamping: number - first), last: number, digest: digest)
    }

    private func absence(of noted: NotedEntry) -> NotedEntry.Absence? {
        // The noted log was empty, as every log once was.
        if noted.number == 0, noted.digest == AuditDigest.origin.description { return nil }
        if noted.number > number { return .erased(last: number) }
        if noted.number < first { return .shortened(to: first) }
        return found?.description == noted.digest ? nil : .replaced
    }
}
