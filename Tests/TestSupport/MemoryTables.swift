package import DNS
package import Delegates

/// Tables in dictionaries. A delegate's id is its index.
package struct MemoryTables: ChangeTables, Equatable, Sendable {
    package var sequence = ChangeSequence(0)
    package var shownSequence = ChangeSequence(0)
    package private(set) var delegates: [DelegateRow] = []
    private var places: [DomainName: Int] = [:]
    var values: [Int64: [ChallengeValue: ValueRow]] = [:]
    var credentials: [UniqueID: CredentialRow] = [:]
    private var networks: [UniqueID: Set<IPNetwork>] = [:]
    var groups: [OperatorLabel: Group] = [:]
    var tokens: [OperatorLabel: RegistrationToken] = [:]
    var domains: [Int64: [DeclaredDomain: DomainRecord]] = [:]
    var serials: [DomainName: SerialRecord] = [:]
    var feedName = UniqueID.random()
    var feed: [FeedEntry] = []
    var entries: [AuditEntry] = []
    /// The place of the last entry that was removed.
    private var forgotten: AuditPlace?

    struct CredentialRow: Equatable {
        var row: Credential
        /// The place of the change that made it.
        var sequence: ChangeSequence
    }

    struct Group: Equatable {
        var created: Timestamp
        var members: Set<DomainName> = []
    }

    package init() {}

    // MARK: Delegates

    package func delegate(_ name: DomainName) -> DelegateRow? { places[name].map { delegates[$0] } }

    package func firstPrepared(for token: OperatorLabel) -> DomainName? {
        delegates.first { $0.preparedFor == token && $0.disabled == nil }?.name
    }

    package func delegateCount(from network: IPNetwork, maximum: Int) -> Int { delegates.count { $0.origin == network } }

    package mutating func insert(_ row: DelegateRow) -> Int64 {
        var row = row
        row.id = Int64(delegates.count)
        places[row.name] = delegates.count
        delegates.append(row)
        return row.id
    }

    package mutating func update(_ row: DelegateRow) { delegates[Int(row.id)] = row }

    package func values(of delegate: Int64) -> [ValueRow] {
        (values[delegate] ?? [:]).values.sorted { $0.sequence < $1.sequence }
    }

    package mutating func put(_ value: ChallengeValue, _ row: ValueRow, of delegate: Int64) {
        values[delegate, default: [:]][value] = row
    }

    package mutating func deleteValues(of delegate: Int64, before sequence: ChangeSequence?) {
        values[delegate] = sequence.map { first in (values[delegate] ?? [:]).filter { $0.value.sequence >= first } }
    }

    /// The values that a table loads: none is from the future.
    package func publishedValues(of row: DelegateRow, now: Timestamp) -> [DelegateTable.PublishedValue] {
        (values[row.id] ?? [:]).sorted { $0.value.sequence < $1.value.sequence }.map {
            DelegateTable.PublishedValue($0.key, sequence: $0.value.sequence, published: min($0.value.published, now))
        }
    }

    /// The row as it is seen from outside.
    func record(of row: DelegateRow) -> DelegateRecord {
        let own = credentials(of: .delegate(row.name))
        return DelegateRecord(
            name: row.name, enrolled: row.enrolled, firstPublished: row.firstPublished, disabled: row.disabled,
            deleted: row.deleted, preparedFor: row.preparedFor, credentialCount: own.count,
            lastUsed: own.compactMap(\.lastUse?.time).max())
    }

    // MARK: Credentials

    package func credential(_ username: UniqueID) -> Credential? {
        guard var credential = credentials[username]?.row else { return nil }
        credential.isDisabled = credential.delegate.flatMap { delegate($0)?.disabled } != nil
        return credential
    }

    package func credentials(of scope: Credential.Scope) -> [Credential] {
        credentials.values.filter { $0.row.scope == scope }.sorted { $0.sequence < $1.sequence }
            .compactMap { credential($0.row.username) }
    }

    package mutating func insert(_ credential: Credential, of delegate: Int64?, sequence: ChangeSequence) {
        credentials[credential.username] = CredentialRow(row: credential, sequence: sequence)
    }

    package mutating func update(_ credential: Credential) { credentials[credential.username]?.row = credential }

    package mutating func deleteCredential(_ username: UniqueID) { credentials[username] = nil }

    package mutating func deleteCredentials(of scope: Credential.Scope) {
        credentials = credentials.filter { $0.value.row.scope != scope }
    }

    package func networkUse(_ network: IPNetwork, of username: UniqueID) -> (isKnown: Bool, count: Int) {
        (networks[username]?.contains(network) ?? false, networks[username]?.count ?? 0)
    }

    package mutating func insert(_ network: IPNetwork, of username: UniqueID, at time: Timestamp) {
        networks[username, default: []].insert(network)
    }

    // MARK: Groups, tokens and serials

    package func hasGroup(_ label: OperatorLabel) -> Bool { groups[label] != nil }

    package mutating func insertGroup(_ label: OperatorLabel, at time: Timestamp) { groups[label] = Group(created: time) }

    package mutating func deleteGroup(_ label: OperatorLabel) { groups[label] = nil }

    package func memberCount(of group: OperatorLabel) -> Int { groups[group]?.members.count ?? 0 }

    package func isMember(_ delegate: DomainName, of group: OperatorLabel) -> Bool {
        groups[group]?.members.contains(delegate) ?? false
    }

    package func hasTwin(of delegate: DomainName, in group: OperatorLabel) -> Bool {
        groups[group]?.members.contains { $0 != delegate && $0.labels.first == delegate.labels.first } ?? false
    }

    package mutating func insertMember(_ delegate: DelegateRow, of group: OperatorLabel) {
        groups[group]?.members.insert(delegate.name)
    }

    package mutating func deleteMember(_ delegate: DelegateRow, of group: OperatorLabel) {
        groups[group]?.members.remove(delegate.name)
    }

    package mutating func deleteMemberships(of delegate: DelegateRow) {
        for label in groups.keys { groups[label]?.members.remove(delegate.name) }
    }

    package func token(_ label: OperatorLabel) -> RegistrationToken? { tokens[label] }

    package mutating func insert(_ token: RegistrationToken) { tokens[token.label] = token }

    package mutating func update(_ token: RegistrationToken) { tokens[token.label] = token }

    package func serial(of zone: DomainName) -> SerialRecord? { serials[zone] }

    package mutating func put(_ record: SerialRecord) { serials[record.zone] = record }

    // MARK: The feed and the audit log

    package mutating func insert(_ entry: FeedEntry) { feed.append(entry) }

    package var firstFeedPlace: UInt64? { feed.first?.sequence.number }

    package func oldestFeedEntries(_ maximum: Int) -> [FeedMark] {
        feed.prefix(maximum).map { FeedMark(lastPlace: $0.lastPlace, time: $0.time) }
    }

    package mutating func deleteFeedEntries(through last: FeedMark) { feed.removeAll { $0.sequence <= last.lastPlace } }

    package var auditEnd: AuditPlace {
        entries.last.map { AuditPlace($0) } ?? forgotten
            ?? AuditPlace(number: 0, time: Timestamp(secondsSinceEpoch: 0), digest: .origin)
    }

    package mutating func insert(_ entry: AuditEntry) { entries.append(entry) }

    package func oldestAuditEntries(_ maximum: Int) -> [AuditPlace] { entries.prefix(maximum).map { AuditPlace($0) } }

    package mutating func deleteAuditEntries(through last: AuditPlace) {
        forgotten = last
        entries.removeAll { $0.number <= last.number }
    }
}

extension AuditPlace {
    fileprivate init(_ entry: AuditEntry) {
        self.init(number: entry.number, time: entry.event.time, digest: entry.digest)
    }
}
