import DNS
import Delegates
import Foundation
import GRDB
import StorageParts

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

    func oldestFeedEntries(_ maximum: Int) throws -> [FeedMark] {
        let select = try database.cachedStatement(
            sql: "SELECT number + places - 1, time FROM change_feed WHERE part = 0 ORDER BY number LIMIT ?")
        return try Row.fetchAll(select, arguments: [maximum]).map { row in
            FeedMark(lastPlace: try ChangeSequence(stored: row[0]), time: Timestamp(secondsSinceEpoch: row[1]))
        }
    }

    mutating func deleteFeedEntries(through last: FeedMark) throws {
        try execute("DELETE FROM change_feed WHERE number <= ?", [Int64(clamping: last.lastPlace.number)])
    }

    /// Begins another feed, which tells of changes from now on.
    func beginFeed() throws {
        try execute("DELETE FROM change_feed", [])
        try execute("UPDATE feed SET name = ?", [UniqueID.random().description])
    }
}

extension Database {
    func feedName() throws -> UniqueID {
        let text = try String.fetchOne(try cachedStatement(sql: "SELECT name FROM feed"))
        guard let name = text.flatMap({ UniqueID($0) }) else {
            throw StorageError.damaged("the feed has no name")
        }
        return name
    }

    /// The changes after a place.
    func feed(after place: FeedPlace, maximum: Int) throws -> FeedPage {
        let last = try changeSequence()
        let place = place.feed == (try feedName()) ? place.sequence : ChangeSequence(.max)
        guard place < last else { return place == last ? .entries([]) : .beyondHorizon }
        let first = try Int64.fetchOne(try cachedStatement(sql: "SELECT min(number) FROM change_feed"))
        guard let first, try ChangeSequence(stored: first).number <= place.number + 1 else { return .beyondHorizon }
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
                throw StorageError.damaged("the change \(sequence.number) cannot be read")
            }
            entries[entries.count - 1].effects.append(effect)
        }
        return .entries(entries)
    }
}
