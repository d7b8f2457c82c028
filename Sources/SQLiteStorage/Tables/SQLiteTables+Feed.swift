import DNS
import Delegates
import Foundation
import GRDB

/// The feed: a row for each effect of a change.
extension SQLiteTables {
    mutating func insert(_ entry: FeedEntry) throws {
        let rows = entry.effects.isEmpty ? [StoredEffect()] : try entry.effects.map { try StoredEffect($0) }
        for (part, row) in rows.enumerated() {
            try execute(
                "INSERT INTO change_feed (number, part, places, time, kind, name, detail) VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    Int64(clamping: entry.sequence.number), part, Int64(clamping: entry.placeCount),
                    entry.time.secondsSinceEpoch, row.kind?.rawValue, row.name, row.detail,
                ])
        }
    }

    func firstFeedPlace() throws -> ChangeSequence? { try database.firstFeedPlace() }

    mutating func deleteFeedEntries(before place: ChangeSequence) throws {
        let number = Int64(clamping: place.number)
        try execute("DELETE FROM change_feed WHERE number < ? AND number + places <= ?", [number, number])
    }

    mutating func deleteFeed() throws {
        try execute("DELETE FROM change_feed", [])
    }
}

extension Database {
    fileprivate func firstFeedPlace() throws -> ChangeSequence? {
        let select = try cachedStatement(sql: "SELECT min(number) FROM change_feed")
        return try Int64.fetchOne(select).map { try ChangeSequence(stored: $0) }
    }

    /// The changes after a place.
    func feed(after place: ChangeSequence, maximum: Int) throws -> FeedPage {
        let last = try changeSequence()
        guard place < last else { return place == last ? .entries([]) : .beyondHorizon }
        guard let first = try firstFeedPlace(), first.number <= place.number + 1 else { return .beyondHorizon }
        // A change has several rows, which are read together.
        let rows = try Row.fetchCursor(
            self,
            sql: """
                SELECT number, places, time, kind, name, detail FROM change_feed
                WHERE number IN (SELECT number FROM change_feed WHERE number > ? AND part = 0 ORDER BY number LIMIT ?)
                ORDER BY number, part
                """, arguments: [Int64(clamping: place.number), maximum])
        var entries: [FeedEntry] = []
        while let row = try rows.next() {
            let sequence = try ChangeSequence(stored: row[0])
            if entries.last?.sequence != sequence {
                entries.append(
                    FeedEntry(
                        sequence: sequence, placeCount: UInt64(clamping: row[1] as Int64),
                        time: Timestamp(secondsSinceEpoch: row[2]), effects: []))
            }
            guard let kind = row[3] as String? else { continue }
            let stored = StoredEffect(kind: StoredEffect.Kind(rawValue: kind), name: row[4], detail: row[5])
            guard let effect = stored.effect else {
                throw StorageError.unavailable("the change \(sequence.number) cannot be read: the file is damaged")
            }
            entries[entries.count - 1].effects.append(effect)
        }
        return .entries(entries)
    }
}
