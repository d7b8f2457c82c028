import DNS
import Delegates
import GRDB
import StorageParts

/// Reads all delegates and their values into a table, once: each step is done a million times while nothing is answered yet.
struct TableLoad {
    private let loading: DelegateTable.Loading
    private let now: Timestamp
    /// The delegates' zone: the part of the last name after its first label. Most names are in the same zone as the one before.
    private var zone: Zone?
    /// The values of one delegate.
    private var values: [DelegateTable.PublishedValue] = []

    private struct Zone {
        var text: [UInt8]
        var origin: DelegateTable.Origin
        var longestLabel: Int
    }

    private init(_ loading: DelegateTable.Loading, now: Timestamp) {
        self.loading = loading
        self.now = now
    }

    /// - Parameter now: the moment of values that were published later, while the system's clock was ahead.
    static func restore(into loading: DelegateTable.Loading, from database: Database, now: Timestamp) throws {
        loading.reserve(try Int.fetchOne(database, sql: "SELECT count(*) FROM delegate") ?? 0)
        let delegates = try StatementRow.fetchCursor(database, sql: "SELECT id, name FROM delegate ORDER BY id")
        let values = try StatementRow.fetchCursor(
            database,
            sql: """
                SELECT delegate_id, value, sequence, published_at FROM challenge_value ORDER BY delegate_id
                """)
        var load = TableLoad(loading, now: now)
        // Both are in the order of delegates: each delegate takes its own values.
        var next = try values.next()
        while let delegate = try delegates.next() {
            let id = delegate.number(0)
            load.values.removeAll(keepingCapacity: true)
            while let value = next, value.number(0) == id {
                try load.take(value, of: delegate)
                next = try values.next()
            }
            if load.values.count > 1 { load.values.sort { $0.sequence < $1.sequence } }
            try delegate.withText(1) { try load.restore($0) }
        }
        guard next == nil else {
            throw StorageError.damaged("there is a value without a delegate")
        }
    }

    private mutating func take(_ row: StatementRow, of delegate: StatementRow) throws {
        guard let value = row.withText(1, { ChallengeValue($0) }) else {
            let name = delegate.withText(1) { String(decoding: $0.octets, as: UTF8.self) }
            throw StorageError.damaged("a value of “\(name)” is not valid")
        }
        values.append(
            DelegateTable.PublishedValue(
                value, sequence: try ChangeSequence(stored: row.number(2)),
                // A moment later than now was written while the system's clock was ahead.
                published: Timestamp(secondsSinceEpoch: min(row.number(3), now.secondsSinceEpoch))))
    }

    private mutating func restore(_ name: Span<UInt8>) throws {
        let length = Self.lengthOfPlainLabel(name)
        if let length, let zone, length <= zone.longestLabel, name.count == length + 1 + zone.text.count,
            ASCIICase.equal(name.extracting((length + 1)...), zone.text.span)
        {
            loading.restore(name.extracting(..<length), below: zone.origin, values, now: now)
            return
        }
        let whole = try DomainName(String(decoding: name.octets, as: UTF8.self))
        loading.restore(whole, values, now: now)
        guard let length, let parent = whole.parent, let origin = loading.origin(parent) else { return }
        zone = Zone(
            text: name.extracting(min(length + 1, name.count)...).octets, origin: origin,
            longestLabel: min(DomainName.maximumLabelLength, DomainName.maximumWireLength - parent.wire.count - 1))
    }

    /// The length of a name's first label in the presentation form, if all octets stand for themselves there; otherwise `nil`.
    private static func lengthOfPlainLabel(_ name: Span<UInt8>) -> Int? {
        for index in name.indices {
            switch name[index] {
            case UInt8(ascii: "."): return index > 0 ? index : nil
            case 0x30...0x39, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): continue
            default: return nil
            }
        }
        return nil
    }
}

extension Span<UInt8> {
    fileprivate var octets: [UInt8] { indices.map { self[$0] } }
}
