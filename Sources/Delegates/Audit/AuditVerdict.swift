/// Whether the audit log is whole.
package enum AuditVerdict: Hashable, Sendable {
    /// The number of entries, the number of the last one, and the digest in which they end. The last two can be noted, to check later that
    /// they are still there.
    case whole(count: Int, last: UInt64, digest: AuditDigest)
    /// The entry with that number is missing, or is not the one that was written.
    case broken(number: UInt64)
    /// The log is whole in itself, but it does not have the noted entry.
    case notedEntryGone(NotedEntry.Absence)
}

/// An entry that was noted before.
package struct NotedEntry: Hashable, Sendable {
    package var number: UInt64
    /// In hexadecimal.
    package var digest: String

    /// Why a log that is whole in itself does not have a noted entry.
    package enum Absence: Hashable, Sendable {
        /// The log ends before it, with the entry of that number: it was erased and begun again, or an older state was restored.
        case erased(last: UInt64)
        /// Another entry has its number: the log was erased and begun again, or it is another server's.
        case replaced
        /// The log begins after the entry with that number, which is later than the noted one. Retention does that, and so would an
        /// attacker that erases entries: the log itself cannot tell.
        case shortened(to: UInt64)
    }

    /// Reads a number, a colon and 64 hexadecimal digits.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let number = UInt64(parts[0]), parts[1].utf8.count == 2 * AuditDigest.length,
            parts[1].allSatisfy(\.isHexDigit)
        else { return nil }
        self.init(number: number, digest: parts[1].lowercased())
    }

    package init(number: UInt64, digest: String) {
        self.number = number
        self.digest = digest
    }
}
