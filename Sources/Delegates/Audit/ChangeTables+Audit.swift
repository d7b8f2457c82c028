/// The rules of the audit log.
extension ChangeTables {
    /// Writes an event at the end of the log.
    package mutating func append(_ event: AuditEvent) throws {
        let end = auditEnd
        let number = end.number + 1
        try insert(
            AuditEntry(number: number, event: event, digest: AuditDigest(of: event, number: number, after: end.digest)))
    }

    /// Deletes the oldest entries, and records that. The rest begins after them, and can still be checked from there.
    ///
    /// - Parameters:
    ///   - oldest: the moment before which entries are deleted.
    ///   - keeping: the maximum number of entries that stay.
    ///   - maximum: the maximum number of entries that are deleted.
    package mutating func forgetAudit(before oldest: Timestamp, keeping: Int, maximum: Int, at time: Timestamp) throws {
        let last = auditEnd.number
        let old = try oldestAuditEntries(maximum).prefix { entry in
            last - entry.number >= UInt64(clamping: keeping) || entry.time < oldest
        }
        guard let end = old.last else { return }
        try deleteAuditEntries(through: end)
        try append(
            AuditEvent(
                .shortened, at: time, by: Actor(.server, from: nil).auditText, from: nil, delegate: nil,
                detail: String(end.number)))
    }
}
