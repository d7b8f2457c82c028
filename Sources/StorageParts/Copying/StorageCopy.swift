import Crypto
import Delegates
import Foundation

/// What a copy of a storage reads: nobody else changes it meanwhile.
package protocol CopySource: Sendable {
    /// What the storage is called in messages.
    var description: String { get }

    func count(of table: StoredTable) async throws -> Int

    /// Rows in the order of the table's key.
    ///
    /// - Parameter key: the key after which to begin; `nil` for the beginning.
    func rows(of table: StoredTable, after key: [StoredValue]?, maximum: Int) async throws -> [[StoredValue]]

    /// Returns if the storage is the one that was opened, and unchanged.
    func checkIsUnchanged() async throws
}

/// What a copy of a storage writes. Until it is complete, no server uses it.
package protocol CopyTarget: CopySource {
    /// How far an earlier copy has come; `nil` if the storage is new.
    ///
    /// - Throws: ``StorageError/unavailable(_:)`` if there is something in it that is no beginning of a copy.
    func progress() async throws -> CopyProgress?

    /// Notes that a copy begins.
    func begin(_ progress: CopyProgress) async throws

    /// Writes rows and how far the copy has come, in one transaction.
    func insert(_ rows: [[StoredValue]], into table: StoredTable, _ progress: CopyProgress) async throws

    /// Lets servers use the storage.
    func finish() async throws
}

/// How far a copy has come.
package struct CopyProgress: Hashable, Sendable, Codable {
    /// The name of the source's feed, and the number of its last change.
    package var feed: String
    package var sequence: Int64
    /// The place of the table that is being copied, in ``StoredTable/all``.
    package var table = 0
    /// The number of its rows that were copied, and the key of the last one.
    package var rows = 0
    package var lastKey: [String]?
}

/// Copies everything from one storage to another, and compares afterwards.
package struct StorageCopy: Sendable {
    private let source: any CopySource
    private let target: any CopyTarget

    /// What was copied.
    package struct Outcome: Hashable, Sendable {
        package var delegates: Int
        package var rows: Int
        /// The number of the last change.
        package var sequence: Int64
        /// Whether an earlier copy was continued.
        package var isContinued: Bool
    }

    private static let pageSize = 10_000

    package init(from source: any CopySource, to target: any CopyTarget) {
        self.source = source
        self.target = target
    }

    /// - Parameter show: called with the number of rows that were copied or compared, and with the number of all.
    /// - Throws: ``StorageError``. What was copied stays, and the next copy goes on there.
    package func run(show: (Int, Int) -> Void) async throws -> Outcome {
        let identity = try await identity()
        let earlier = try await target.progress()
        if let earlier, earlier.feed != identity.feed || earlier.sequence != identity.sequence {
            throw StorageError.unavailable(
                "\(target.description) has the beginning of a copy of another storage, or of \(source.description) before it was "
                    + "changed: remove it, or give another one")
        }
        if earlier == nil { try await target.begin(identity) }
        var progress = earlier ?? identity
        let counts = try await counts()
        // Each row is copied, and compared in both storages.
        let work = counts.reduce(0, +) * 3
        var done = counts.prefix(progress.table).reduce(0, +) + progress.rows
        show(done, work)
        while progress.table < StoredTable.all.count {
            let table = StoredTable.all[progress.table]
            var key = try progress.lastKey.map { try Self.values($0, of: table) }
            while true {
                let rows = try await source.rows(of: table, after: key, maximum: Self.pageSize)
                guard let last = rows.last else { break }
                key = table.keyPlaces.map { last[$0] }
                progress.rows += rows.count
                progress.lastKey = key.map(Self.texts)
                try await target.insert(rows, into: table, progress)
                done += rows.count
                show(done, work)
                if table.key.isEmpty || rows.count < Self.pageSize { break }
            }
            progress.table += 1
            (progress.rows, progress.lastKey) = (0, nil)
        }
        for table in StoredTable.all {
            let (here, there) = (
                try await digest(
                    of: table, in: source,
                    show: {
                        done += $0; show(done, work)
                    }),
                try await digest(
                    of: table, in: target,
                    show: {
                        done += $0; show(done, work)
                    })
            )
            guard here == there else {
                throw StorageError.unavailable(
                    "the table \(table.name) of \(target.description) is not that of \(source.description): remove the copy, and "
                        + "begin again")
            }
        }
        try await source.checkIsUnchanged()
        try await target.finish()
        let delegates = zip(StoredTable.all, counts).first { $0.0.name == "delegate" }?.1 ?? 0
        return Outcome(
            delegates: delegates, rows: counts.reduce(0, +), sequence: identity.sequence, isContinued: earlier != nil)
    }

    private func identity() async throws -> CopyProgress {
        func value(_ name: String) async throws -> StoredValue? {
            guard let table = StoredTable.all.first(where: { $0.name == name }) else { return nil }
            return try await source.rows(of: table, after: nil, maximum: 1).first?.first
        }
        guard case .text(let feed) = try await value("feed"), case .integer(let sequence) = try await value("change_sequence")
        else { throw StorageError.damaged("the feed of \(source.description) has no name") }
        return CopyProgress(feed: feed, sequence: sequence)
    }

    private func counts() async throws -> [Int] {
        var counts: [Int] = []
        for table in StoredTable.all { counts.append(try await source.count(of: table)) }
        return counts
    }

    /// The digest of all rows of a table, in the order of its key.
    private func digest(of table: StoredTable, in storage: any CopySource, show: (Int) -> Void) async throws -> SHA256.Digest {
        var hash = SHA256()
        var key: [StoredValue]?
        while true {
            let rows = try await storage.rows(of: table, after: key, maximum: Self.pageSize)
            for row in rows { for value in row { value.add(to: &hash) } }
            show(rows.count)
            guard let last = rows.last, !table.key.isEmpty, rows.count == Self.pageSize else { return hash.finalize() }
            key = table.keyPlaces.map { last[$0] }
        }
    }

    // MARK: Keys as texts

    private static func texts(_ key: [StoredValue]) -> [String] {
        key.map { value in
            switch value {
            case .integer(let number): "\(number)"
            case .text(let text): text
            case .null, .octets: ""
            }
        }
    }

    private static func values(_ texts: [String], of table: StoredTable) throws -> [StoredValue] {
        let kinds = table.keyPlaces.map { table.columns[$0].kind }
        guard texts.count == kinds.count else { throw StorageError.damaged("a copy has lost its place") }
        return try zip(texts, kinds).map { text, kind in
            switch kind {
            case .integer, .boolean:
                guard let number = Int64(text) else { throw StorageError.damaged("a copy has lost its place") }
                return .integer(number)
            case .text, .octets: return .text(text)
            }
        }
    }
}

extension StoredValue {
    /// Adds the value with its kind and length, so that no two rows look alike.
    fileprivate func add(to hash: inout SHA256) {
        func add(_ kind: UInt8, _ octets: some Sequence<UInt8>, count: Int) {
            let head = [kind] + (0..<8).map { UInt8(truncatingIfNeeded: count >> (56 - 8 * $0)) }
            hash.update(data: head + octets)
        }
        switch self {
        case .null: add(0, [], count: 0)
        case .integer(let number): add(1, [], count: Int(number))
        case .text(let text): add(2, text.utf8, count: text.utf8.count)
        case .octets(let octets): add(3, octets, count: octets.count)
        }
    }
}
