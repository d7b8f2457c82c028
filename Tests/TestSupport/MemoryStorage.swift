package import DNS
package import Delegates
import Synchronization

/// A storage in memory, for tests of the rules; it can be told to fail, before it makes a change or after.
package final class MemoryStorage: ImportStorage {
    private let state = Mutex(State())

    private struct State {
        var tables = MemoryTables()
        var follower: @Sendable (FeedEntry) -> Void = { _ in }
        var isRoomShort = false
        var failure: StorageError?
        var lateFailure: StorageError?
        var failedCommits = 0
    }

    private let feedPlaces: UInt64

    package init(feedPlaces: UInt64 = FeedEntry.keptPlaces) {
        self.feedPlaces = feedPlaces
    }

    /// - Parameter table: The table that follows the storage.
    package convenience init(followedBy table: DelegateTable, _ credentials: CredentialTable? = nil, clock: SteadyClock) {
        self.init()
        follow(with: table, credentials, clock: clock)
    }

    /// Makes every call fail until it is set to `nil` again.
    package func fail(with error: StorageError?) {
        state.withLock { $0.failure = error }
    }

    /// The number of changes that failed because of ``fail(with:)``.
    package var failedCommits: Int { state.withLock(\.failedCommits) }

    /// Makes every change fail although it is committed, like one that is waited for no longer.
    package func failAfterCommits(with error: StorageError?) {
        state.withLock { $0.lateFailure = error }
    }

    /// Sets whether the storage acts as if its disk were nearly full.
    package func setRoomShort(_ isShort: Bool) {
        state.withLock { $0.isRoomShort = isShort }
    }

    func use<Value>(_ body: (inout MemoryTables) throws(StorageError) -> Value) throws(StorageError) -> Value {
        try state.withLock { state throws(StorageError) in
            if let failure = state.failure { throw failure }
            return try body(&state.tables)
        }
    }

    // MARK: Changes

    @discardableResult
    package func commit(_ change: Change, by actor: Actor, at time: Timestamp) async throws -> MadeChange {
        try state.withLock { state in
            if let failure = state.failure {
                state.failedCommits += 1
                throw failure
            }
            let made = try state.tables.make(change, by: actor, at: time, addresses: .full)
            try state.tables.shortenFeed(
                keeping: feedPlaces, since: time.advanced(by: .zero - FeedEntry.keptTime))
            if made.entry.placeCount > 0 { state.follower(made.entry) }
            if let failure = state.lateFailure { throw failure }
            return made
        }
    }

    package func enrol(
        imported delegates: [NewDelegate], at time: Timestamp
    ) async throws(StorageError) -> [ImportOutcome] {
        try use { tables throws(StorageError) in
            do { return try tables.enrol(imported: delegates, at: time) } catch { throw .unavailable("\(error)") }
        }
    }

    package func outcomes(
        ofImporting delegates: [NewDelegate], besides taken: inout ImportedNames
    ) async throws(StorageError) -> [ImportOutcome] {
        try use { tables throws(StorageError) in
            do {
                return try tables.outcomes(ofImporting: delegates, besides: &taken)
            } catch {
                throw .unavailable("\(error)")
            }
        }
    }

    package func follow(_ follower: @escaping @Sendable (FeedEntry) -> Void) {
        state.withLock { $0.follower = follower }
    }

    package func changes(after place: FeedPlace, maximum: Int) async throws(StorageError) -> FeedPage {
        try use { tables in
            guard place.feed == tables.feedName, place.sequence <= tables.sequence else { return .beyondHorizon }
            guard place.sequence < tables.sequence else { return .entries([]) }
            guard let first = tables.feed.first, first.sequence.number <= place.sequence.number + 1 else {
                return .beyondHorizon
            }
            return .entries(Array(tables.feed.filter { $0.sequence > place.sequence }.prefix(maximum)))
        }
    }

    @discardableResult
    package func load(into table: DelegateTable, now: Timestamp) async throws(StorageError) -> FeedPlace {
        try use { tables throws(StorageError) in
            let isLoaded = table.load(after: tables.sequence, shown: tables.shownSequence) { loading in
                for row in tables.delegates { loading.restore(row.name, tables.publishedValues(of: row, now: now), now: now) }
            }
            guard isLoaded else { throw .unavailable("the table is being loaded already") }
            return FeedPlace(feed: tables.feedName, sequence: tables.sequence)
        }
    }

    @discardableResult
    package func load(into credentials: CredentialTable) async throws(StorageError) -> Bool {
        try await credentials.load { () async throws(StorageError) in
            try use { tables in
                var contents = CredentialTable.Contents()
                for (label, group) in tables.groups {
                    credentials.add(group: label, group.members, to: &contents)
                }
                for row in tables.delegates where row.disabled != nil { credentials.add(disabled: row.name, to: &contents) }
                for credential in tables.credentials.values { credentials.add(credential.row, to: &contents) }
                return (contents, after: tables.sequence)
            }
        }
    }

    // MARK: Delegates and credentials

    package func credential(of username: UniqueID) async throws(StorageError) -> Credential? {
        try use { $0.credential(username) }
    }

    package func credentials(of scope: Credential.Scope) async throws(StorageError) -> [Credential] {
        try use { $0.credentials(of: scope) }
    }

    package func delegate(_ name: DomainName) async throws(StorageError) -> DelegateRecord? {
        try use { tables in tables.delegate(name).map { tables.record(of: $0) } }
    }

    package func delegates(
        _ filter: DelegateFilter, after name: DomainName?, maximum: Int
    ) async throws(StorageError) -> DelegatePage {
        try use { tables in
            func text(_ name: DomainName) -> String { name.lowercased.withoutFinalDot }
            let after = tables.delegates.sorted { text($0.name) < text($1.name) }
                .filter { row in name.map { text($0) < text(row.name) } ?? true }
            let records = after.map { tables.record(of: $0) }
                .filter { record in
                    filter.includes(record) { tables.credentials(of: .delegate(record.name)).map(\.label) }
                }
                .prefix(maximum)
            return DelegatePage(records: Array(records), next: records.count < maximum ? nil : records.last?.name)
        }
    }

    package func unusedDelegates(enrolledBefore moment: Timestamp, maximum: Int) async throws(StorageError) -> [DomainName] {
        try use { tables in
            let unused = tables.delegates.filter {
                $0.enrolled < moment && $0.firstPublished == nil && $0.deleted == nil && $0.disabled == nil
            }
            return Array(unused.sorted { $0.enrolled < $1.enrolled }.map(\.name).prefix(maximum))
        }
    }

    // MARK: Groups and tokens

    package func groups() async throws(StorageError) -> [GroupRecord] {
        try use { tables in
            tables.groups.map { label, group in
                GroupRecord(
                    label: label, created: group.created, memberCount: group.members.count,
                    credentialCount: tables.credentials(of: .group(label)).count)
            }.sorted { $0.label.description < $1.label.description }
        }
    }

    package func groups(with member: DomainName) async throws(StorageError) -> [OperatorLabel] {
        try use { tables in
            tables.groups.filter { $0.value.members.contains(member) }.keys.sorted { $0.description < $1.description }
        }
    }

    package func members(of group: OperatorLabel) async throws(StorageError) -> [DomainName]? {
        try use { $0.groups[group]?.members.sorted { $0.description < $1.description } }
    }

    package func member(_ label: String, of group: OperatorLabel) async throws(StorageError) -> DomainName? {
        try use { tables in
            tables.groups[group]?.members.filter { $0.withoutFinalDot.hasPrefix(label.lowercased() + ".") }
                .min { $0.description < $1.description }
        }
    }

    package func tokens() async throws(StorageError) -> [RegistrationToken] {
        try use { $0.tokens.values.sorted { $0.label.description < $1.label.description } }
    }

    package func token(with digest: KeyDigest) async throws(StorageError) -> RegistrationToken? {
        try use { $0.tokens.values.first { $0.digest == digest } }
    }

    // MARK: The audit log, serials, the storage itself

    package func history(
        of delegate: DomainName?, before number: UInt64?, maximum: Int
    ) async throws(StorageError) -> [AuditEntry] {
        try use { tables in
            let entries = tables.entries.filter { entry in
                (delegate == nil || entry.event.delegate == delegate) && entry.number < number ?? .max
            }
            return Array(entries.reversed().prefix(maximum))
        }
    }

    /// All events, oldest first.
    package var events: [AuditEvent] { state.withLock { $0.tables.entries.map(\.event) } }

    package func beginningOfAudit() async throws(StorageError) -> Timestamp? {
        try use { $0.entries.first?.event.time }
    }

    package func auditEntryCount() async throws(StorageError) -> Int {
        try use { $0.entries.count }
    }

    package func serials() async throws(StorageError) -> [SerialRecord] {
        try use { $0.serials.values.sorted { $0.zone.description < $1.zone.description } }
    }

    package var hasRoomForDelegates: Bool { state.withLock { !$0.isRoomShort } }

    package func checkHealth() async throws(StorageError) {
        try use { _ in }
    }

    // MARK: Backups

    package var snapshot: MemoryTables { state.withLock(\.tables) }

    /// Takes over tables as they are.
    package func restoreExactly(_ tables: MemoryTables) {
        state.withLock { $0.tables = tables }
    }

    /// Goes back to a snapshot; what was taken back since stays so.
    package func restore(_ snapshot: MemoryTables, now: Timestamp) {
        state.withLock { $0.tables = snapshot.restored(over: $0.tables, now: now) }
    }
}
