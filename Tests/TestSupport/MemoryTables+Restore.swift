import DNS
import Delegates

extension MemoryTables {
    /// These tables as a backup that replaces others; what was taken back since stays so.
    func restored(over current: MemoryTables, now: Timestamp) -> MemoryTables {
        var result = self
        let deletedSince = delegates.filter { $0.deleted == nil && current.delegate($0.name)?.deleted != nil }
        let enrolledSince = current.delegates.filter { delegate($0.name) == nil }
        let keysEndedSince = credentials.keys.filter { current.credentials[$0] == nil }
        for var row in delegates {
            guard let now = current.delegate(row.name) else { continue }
            if row.preparedFor != now.preparedFor { row.preparedFor = nil }
            row.deleted = row.deleted ?? now.deleted
            if now.deleted == nil { row.disabled = row.disabled ?? now.disabled }
            row.firstPublished = row.firstPublished ?? now.firstPublished
            result.update(row)
            result.values[row.id] = (values[row.id] ?? [:]).filter { current.values[now.id]?[$0.key] != nil }
            let kept = (current.domains[now.id] ?? [:]).filter { domains[row.id]?[$0.key] != nil }
            result.domains[row.id] = kept.isEmpty ? nil : kept
        }
        for var row in enrolledSince {
            row.preparedFor = nil
            _ = result.insert(row)
        }
        for username in keysEndedSince { result.deleteCredential(username) }
        for (username, now) in current.credentials {
            guard var credential = result.credentials[username]?.row else { continue }
            credential.check = now.row.check
            credential.allowedNetworks = now.row.allowedNetworks
            credential.expires = now.row.expires
            credential.lastUse = now.row.lastUse
            result.update(credential)
        }
        result.groups = groups.filter { current.groups[$0.key] != nil }
        for (label, group) in result.groups {
            result.groups[label]?.members = group.members.intersection(current.groups[label]?.members ?? [])
        }
        for (label, token) in current.tokens {
            if let old = tokens[label] {
                result.tokens[label]?.revoked = old.revoked ?? token.revoked
                result.tokens[label]?.used = max(old.used, token.used)
            } else {
                result.tokens[label] = token
                result.tokens[label]?.revoked = token.revoked ?? now
            }
        }
        result.sequence = ChangeSequence(max(sequence, current.sequence).number + 1)
        result.shownSequence = result.sequence
        result.feed = []
        result.feedName = UniqueID.random()
        for (zone, record) in current.serials {
            let old = result.serials[zone]?.serial
            let isLater = old.map {
                $0.countsChanges != record.serial.countsChanges
                    || !SerialNumber($0.offset).isNewer(than: SerialNumber(record.serial.offset))
            }
            if isLater ?? true { result.serials[zone] = record }
        }
        for zone in result.serials.keys { result.serials[zone]?.content = ZoneDigest(octets: []) }
        let event = AuditEvent(
            .restored, at: now, by: "operator", from: nil, delegate: nil,
            detail: "\(deletedSince.count) names stay deleted, \(enrolledSince.count) stay taken, "
                + "\(keysEndedSince.count) keys stay ended")
        let end = result.auditEnd
        result.insert(
            AuditEntry(
                number: end.number + 1, event: event,
                digest: AuditDigest(of: event, number: end.number + 1, after: end.digest)))
        return result
    }
}
