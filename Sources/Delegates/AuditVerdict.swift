/// Whether the audit log is whole.
package enum AuditVerdict: Hashable, Sendable {
    /// So many entries, the number of the last one, and the digest in which they end. Whoever notes these two can look later whether
    /// they are still there.
    case whole(count: Int, last: UInt64, digest: AuditDigest)
    /// The entry with that number is not the one that was written there, or is missing.
    case broken(number: UInt64)
}

/// An entry that somebody has noted.
package struct NotedEntry: Hashable, Sendable {
    package var number: UInt64
    /// In hexadecimal.
    package var digest: String

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
