import DNS
import Delegates
import PostgreSQL
import StorageParts

/// The tables inside one transaction, of which only the rows that the rules need are in memory.
///
/// The rules do not wait. Where they need a row that is not here, they throw ``MissingRow``: then the transaction reads it, and the rules
/// run again from the beginning. At the end, all that was written goes to the database at once.
struct PostgreSQLTables: ChangeTables, Sendable {
    var sequence: ChangeSequence
    var shownSequence: ChangeSequence
    /// The id of the last delegate that was inserted.
    var lastDelegateID: Int64
    private(set) var auditEnd: AuditPlace

    var delegates = PartialTable<DomainName, DelegateRow>()
    /// The values of delegates that are known, by the delegates' ids.
    var values = PartialTable<Int64, [ChallengeValue: ValueRow]>()
    var credentials = PartialTable<UniqueID, MadeCredential>()
    /// The scopes whose credentials are all known.
    var wholeScopes: Set<Credential.Scope> = []
    var networks = PartialTable<NetworkUse, Timestamp>()
    /// The number of networks of each credential.
    var networkCounts = PartialTable<UniqueID, Int>()
    var tokens = PartialTable<OperatorLabel, RegistrationToken>()
    /// When each group was made.
    var groups = PartialTable<OperatorLabel, Timestamp>()
    /// The groups that have ended, also those that were made again.
    var endedGroups: Set<OperatorLabel> = []
    /// The ids of members.
    var members = PartialTable<Membership, Int64>()
    /// The groups whose members are all known.
    var wholeGroups: Set<OperatorLabel> = []
    /// The delegates of which all memberships have ended.
    var withoutGroups: Set<DomainName> = []
    /// The ids of the delegates whose memberships have ended.
    var endedMemberships: Set<Int64> = []
    var prepared: [OperatorLabel: PreparedSearch] = [:]
    var delegateCounts: [IPNetwork: DelegateCount] = [:]
    var domains = PartialTable<Int64, [DeclaredDomain: DomainRecord]>()
    var serials = PartialTable<DomainName, SerialRecord>()
    var secrets = PartialTable<String, SharedSecret>()

    private(set) var newFeedEntries: [FeedEntry] = []
    var oldestFeed: (maximum: Int, marks: [FeedMark])?
    /// All entries up to this one go.
    private(set) var feedEnd: FeedMark?
    private(set) var newAuditEntries: [AuditEntry] = []
    var oldestAudit: (maximum: Int, places: [AuditPlace])?
    private(set) var auditBeginning: AuditPlace?

    /// A credential, and the place of the change that made it.
    struct MadeCredential: Sendable, Equatable {
        var credential: Credential
        var sequence: ChangeSequence
    }

    struct NetworkUse: Hashable, Sendable {
        var network: IPNetwork
        var username: UniqueID
    }

    /// What is known of the delegates that are prepared for a token: they are in the order of their ids.
    struct PreparedSearch: Sendable {
        var maximum: Int
        /// The id of the last one that was found; `nil` if all were found.
        var lastID: Int64?
    }

    /// The number of delegates from a network.
    struct DelegateCount: Sendable {
        /// The rules only ask whether there are that many.
        var maximum: Int
        /// It is right as long as it is below the maximum: it was counted further than one transaction can change it.
        var count: Int
    }

    init(sequence: ChangeSequence, shown: ChangeSequence, lastDelegateID: Int64, auditEnd: AuditPlace) {
        self.sequence = sequence
        shownSequence = shown
        self.lastDelegateID = lastDelegateID
        self.auditEnd = auditEnd
    }

    // MARK: Serials

    func serial(of zone: DomainName) throws -> SerialRecord? { try serials.row(at: zone, .serial(zone)) }

    mutating func put(_ record: SerialRecord) throws { serials.write(record, at: record.zone) }

    // MARK: Secrets

    /// Puts a content in the place of another one.
    ///
    /// - Parameter former: see ``SharedSecretStorage/keep(_:named:after:at:)``.
    /// - Returns: `false` if another content is in that place.
    mutating func keep(
        _ content: String, named name: String, after former: ChangeSequence?, at time: Timestamp
    ) throws -> Bool {
        guard try secrets.row(at: name, .secret(name))?.sequence == former else { return false }
        sequence = ChangeSequence(sequence.number + 1)
        secrets.write(SharedSecret(name: name, content: content, sequence: sequence), at: name)
        try insert(FeedEntry(sequence: sequence, time: time, effects: [.secret(name: name, content: content)]))
        return true
    }

    // MARK: The feed

    mutating func insert(_ entry: FeedEntry) throws { newFeedEntries.append(entry) }

    func oldestFeedEntries(_ maximum: Int) throws -> [FeedMark] {
        guard let oldestFeed, oldestFeed.maximum >= maximum || oldestFeed.marks.count < oldestFeed.maximum else {
            throw MissingRow(need: .oldestFeedEntries(maximum: maximum))
        }
        let new = newFeedEntries.map { FeedMark(lastPlace: $0.lastPlace, time: $0.time) }
        let all = oldestFeed.marks.count < oldestFeed.maximum ? oldestFeed.marks + new : oldestFeed.marks
        return Array(all.filter { mark in feedEnd.map { mark.lastPlace > $0.lastPlace } ?? true }.prefix(maximum))
    }

    mutating func deleteFeedEntries(through last: FeedMark) throws {
        feedEnd = last
        newFeedEntries.removeAll { $0.lastPlace <= last.lastPlace }
    }

    // MARK: The audit log

    mutating func insert(_ entry: AuditEntry) throws {
        newAuditEntries.append(entry)
        auditEnd = AuditPlace(number: entry.number, time: entry.event.time, digest: entry.digest)
    }

    func oldestAuditEntries(_ maximum: Int) throws -> [AuditPlace] {
        guard let oldestAudit, oldestAudit.maximum >= maximum || oldestAudit.places.count < oldestAudit.maximum else {
            throw MissingRow(need: .oldestAuditEntries(maximum: maximum))
        }
        let new = newAuditEntries.map { AuditPlace(number: $0.number, time: $0.event.time, digest: $0.digest) }
        let all = oldestAudit.places.count < oldestAudit.maximum ? oldestAudit.places + new : oldestAudit.places
        return Array(all.filter { place in auditBeginning.map { place.number > $0.number } ?? true }.prefix(maximum))
    }

    mutating func deleteAuditEntries(through last: AuditPlace) throws {
        auditBeginning = last
        newAuditEntries.removeAll { $0.number <= last.number }
    }
}
