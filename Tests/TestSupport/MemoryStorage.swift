package import DNS
package import Delegates
import Synchronization

/// A storage that forgets, for tests of the rules; it can be told to fail, before it makes a change or after.
package final class MemoryStorage: DelegateStorage {
    private let state = Mutex(State())

    fileprivate struct State {
        var sequence: UInt64 = 0
        /// Of the last change that DNS shows.
        var shown: UInt64 = 0
        var delegates: [DomainName: [ChallengeValue: (ChangeSequence, Timestamp)]] = [:]
        var enrolled: [DomainName: Timestamp] = [:]
        var order: [DomainName] = []
        var made: [UniqueID: UInt64] = [:]
        var deleted: [DomainName: Timestamp] = [:]
        var disabled: [DomainName: Timestamp] = [:]
        var firstPublished: [DomainName: Timestamp] = [:]
        var preparedFor: [DomainName: OperatorLabel] = [:]
        var origins: [DomainName: IPNetwork] = [:]
        var groups: [OperatorLabel: (created: Timestamp, members: Set<DomainName>)] = [:]
        var tokens: [OperatorLabel: RegistrationToken] = [:]
        var networks: [UniqueID: Set<IPNetwork>] = [:]
        var entries: [AuditEntry] = []
        /// The last one that went.
        var forgotten: AuditEntry?
        var credentials: [UniqueID: Credential] = [:]
        var serials: [DomainName: SerialRecord] = [:]
        var isRoomShort = false
        var failure: StorageError?
        var lateFailure: StorageError?
    }

    package init() {}

    /// Makes every call fail until it is set to nothing again.
    package func fail(with error: StorageError?) {
        state.withLock { $0.failure = error }
    }

    /// Makes every change be committed and yet fail, as one does that is waited for no longer.
    package func failAfterCommits(with error: StorageError?) {
        state.withLock { $0.lateFailure = error }
    }

    private func use<Value>(_ body: (inout State) throws(StorageError) -> Value) throws(StorageError) -> Value {
        try state.withLock { state throws(StorageError) in
            if let failure = state.failure { throw failure }
            return try body(&state)
        }
    }

    package func load(into table: DelegateTable, now: Timestamp) async throws(StorageError) {
        try use { state in
            for (name, values) in state.delegates {
                table.enrol(name, sequence: ChangeSequence(0), now: now)
                for (value, place) in values {
                    table.publish(value, at: name, sequence: place.0, published: min(place.1, now), now: now)
                }
            }
            table.advance(to: ChangeSequence(state.shown))
        }
    }

    @discardableResult
    package func commit(
        _ change: Change, by actor: Actor, at time: Timestamp, committed: @escaping @Sendable (ChangeSequence) -> Void
    ) async throws(StorageError) -> Change {
        let (made, sequence, lateFailure) = try use { state throws(StorageError) in
            let next = ChangeSequence(state.sequence + 1)
            let change = try state.resolved(change, for: actor, at: time)
            let target = change.target.flatMap { state.credentials[$0] }
            let standing = state.standing(of: actor, for: change)
            guard change.isAllowed(to: actor, with: standing, target: target, at: time) else { throw .notAllowed }
            if case .token(let token) = standing, token.isUsedUp { throw .tokenUsedUp }
            var ending: [Credential] = []
            if case .rotate(let new, _, _) = change { ending = state.credentials(of: new.scope) }
            try state.apply(change, at: time, sequence: next)
            switch standing {
            case .credential(_, let reached): state.noteUse(by: actor, of: reached, at: time)
            case .token(let token): state.tokens[token.label]?.used += 1
            case nil: break
            }
            for event in change.events(by: actor, at: time, target: target, ending: ending, addresses: .full) {
                state.append(event)
            }
            state.sequence += change.sequenceCount
            if change.isShown { state.shown = state.sequence }
            return (change, next, state.lateFailure)
        }
        committed(sequence)
        if let lateFailure { throw lateFailure }
        return made
    }

    package func credential(of username: UniqueID) async throws(StorageError) -> Credential? {
        try use { $0.credential(username) }
    }

    package func credentials(of scope: Credential.Scope) async throws(StorageError) -> [Credential] {
        try use { $0.credentials(of: scope) }
    }

    package func delegate(_ name: DomainName) async throws(StorageError) -> DelegateRecord? {
        try use { $0.record(of: name) }
    }

    package func delegates(
        _ filter: DelegateFilter, after name: DomainName?, maximum: Int
    ) async throws(StorageError) -> DelegatePage {
        try use { state in
            func text(_ name: DomainName) -> String { name.lowercased.withoutFinalDot }
            let looked = state.delegates.keys.map { $0 }.sorted { text($0) < text($1) }
                .filter { name == nil || text($0) > name.map(text) ?? "" }.prefix(maximum)
            let records = looked.compactMap { state.record(of: $0) }.filter { record in
                filter.includes(record, labels: state.credentials.values.filter { $0.delegate == record.name }.map(\.label))
            }
            return DelegatePage(records: records, next: looked.count < maximum ? nil : looked.last)
        }
    }

    package func unusedDelegates(
        enrolledBefore moment: Timestamp, maximum: Int
    ) async throws(StorageError) -> [DomainName] {
        try use { state in
            let unused = state.enrolled.filter { name, time in
                time < moment && state.firstPublished[name] == nil && state.deleted[name] == nil
                    && state.disabled[name] == nil
            }
            return Array(unused.sorted { $0.value < $1.value }.map(\.key).prefix(maximum))
        }
    }

    package func groups() async throws(StorageError) -> [GroupRecord] {
        try use { state in
            state.groups.map { label, group in
                GroupRecord(
                    label: label, created: group.created, memberCount: group.members.count,
                    credentialCount: state.credentials.values.count { $0.scope == .group(label) })
            }.sorted { $0.label.description < $1.label.description }
        }
    }

    package func groups(with member: DomainName) async throws(StorageError) -> [OperatorLabel] {
        try use { state in
            state.groups.filter { $0.value.members.contains(member) }.keys.sorted { $0.description < $1.description }
        }
    }

    package func members(of group: OperatorLabel) async throws(StorageError) -> [DomainName]? {
        try use { state in state.groups[group]?.members.sorted { $0.description < $1.description } }
    }

    package func member(_ label: String, of group: OperatorLabel) async throws(StorageError) -> DomainName? {
        try use { state in
            state.groups[group]?.members.filter { $0.withoutFinalDot.hasPrefix(label.lowercased() + ".") }
                .min { $0.description < $1.description }
        }
    }

    package func tokens() async throws(StorageError) -> [RegistrationToken] {
        try use { $0.tokens.values.sorted { $0.label.description < $1.label.description } }
    }

    package func token(with digest: KeyDigest) async throws(StorageError) -> RegistrationToken? {
        try use { $0.tokens.values.first { $0.digest == digest } }
    }

    package func history(
        of delegate: DomainName?, before number: UInt64?, maximum: Int
    ) async throws(StorageError) -> [AuditEntry] {
        try use { state in
            let entries = state.entries.filter { entry in
                (delegate == nil || entry.event.delegate == delegate) && entry.number < number ?? .max
            }
            return Array(entries.reversed().prefix(maximum))
        }
    }

    /// All that happened, the oldest first.
    package var events: [AuditEvent] { state.withLock { $0.entries.map(\.event) } }

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

    /// As if its disk were nearly full.
    package func setRoomShort(_ isShort: Bool) {
        state.withLock { $0.isRoomShort = isShort }
    }

    package func checkHealth() async throws(StorageError) {
        try use { _ in }
    }
}

extension MemoryStorage {
    /// What a backup has.
    package struct Snapshot {
        fileprivate let state: State
    }

    package var snapshot: Snapshot { state.withLock { Snapshot(state: $0) } }

    /// Goes back to what was, without giving back what was taken back since.
    package func restore(_ snapshot: Snapshot, now: Timestamp) {
        state.withLock { $0 = snapshot.state.restored(over: $0, now: now) }
    }
}

extension MemoryStorage.State {
    fileprivate func restored(over current: Self, now: Timestamp) -> Self {
        var result = self
        let deletedSince = enrolled.keys.filter { deleted[$0] == nil && current.deleted[$0] != nil }
        let enrolledSince = current.order.filter { enrolled[$0] == nil }
        let keysEndedSince = credentials.keys.filter { current.credentials[$0] == nil }
        for name in enrolled.keys {
            result.deleted[name] = deleted[name] ?? current.deleted[name]
            if current.deleted[name] == nil { result.disabled[name] = disabled[name] ?? current.disabled[name] }
            result.firstPublished[name] = firstPublished[name] ?? current.firstPublished[name]
            if preparedFor[name] != current.preparedFor[name] { result.preparedFor[name] = nil }
            result.delegates[name] = delegates[name]?.filter { current.delegates[name]?[$0.key] != nil }
        }
        for name in enrolledSince {
            result.delegates[name] = [:]
            result.enrolled[name] = current.enrolled[name]
            result.deleted[name] = current.deleted[name]
            result.disabled[name] = current.disabled[name]
            result.firstPublished[name] = current.firstPublished[name]
            result.order.append(name)
        }
        for username in keysEndedSince { result.credentials[username] = nil }
        for (username, now) in current.credentials where result.credentials[username] != nil {
            result.credentials[username]?.check = now.check
            result.credentials[username]?.allowedNetworks = now.allowedNetworks
            result.credentials[username]?.expires = now.expires
            result.credentials[username]?.lastUse = now.lastUse
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
        result.sequence = max(sequence, current.sequence) + 1
        result.shown = result.sequence
        for (zone, record) in current.serials {
            let old = result.serials[zone]?.serial
            let isLater = old.map {
                $0.countsChanges != record.serial.countsChanges
                    || !SerialNumber($0.offset).isNewer(than: SerialNumber(record.serial.offset))
            }
            if isLater ?? true { result.serials[zone] = record }
        }
        for zone in result.serials.keys { result.serials[zone]?.content = ZoneDigest(octets: []) }
        result.append(
            AuditEvent(
                .restored, at: now, by: "operator", from: nil, delegate: nil,
                detail: "\(deletedSince.count) names stay deleted, \(enrolledSince.count) stay taken, "
                    + "\(keysEndedSince.count) keys stay ended"))
        return result
    }

    /// As it is to be seen from outside.
    fileprivate func credential(_ username: UniqueID) -> Credential? {
        guard var credential = credentials[username] else { return nil }
        credential.isDisabled = credential.delegate.map { disabled[$0] != nil } ?? false
        return credential
    }

    fileprivate func record(of name: DomainName) -> DelegateRecord? {
        guard let time = enrolled[name] else { return nil }
        let own = credentials.values.filter { $0.delegate == name }
        return DelegateRecord(
            name: name, enrolled: time, firstPublished: firstPublished[name], disabled: disabled[name],
            deleted: deleted[name], preparedFor: preparedFor[name], credentialCount: own.count,
            lastUsed: own.compactMap(\.lastUse?.time).max())
    }

    /// In the order in which they were made.
    fileprivate func credentials(of scope: Credential.Scope) -> [Credential] {
        credentials.values.filter { $0.scope == scope }.compactMap { credential($0.username) }.sorted {
            made[$0.username] ?? 0 < made[$1.username] ?? 0
        }
    }

    fileprivate func delegatePrepared(for token: OperatorLabel) -> DomainName? {
        preparedFor.filter { $0.value == token && disabled[$0.key] == nil }.keys.min { order(of: $0) < order(of: $1) }
    }

    fileprivate func resolved(_ change: Change, for actor: Actor, at time: Timestamp) throws(StorageError) -> Change {
        switch (change, actor.kind) {
        case (.claim(var credential), .token(let token)):
            guard let name = delegatePrepared(for: token) else { throw .nothingPrepared }
            credential.scope = .delegate(name)
            return .claim(credential)
        case (.rotate(let credential, let end, let maximum), _):
            let successor = Change.successor(credential, of: credentials(of: credential.scope), at: time)
            return .rotate(successor, othersEnd: end, maximum: maximum)
        default: return change
        }
    }

    /// In which one delegates were enrolled.
    fileprivate func order(of name: DomainName) -> Int { order.firstIndex(of: name) ?? .max }

    fileprivate func standing(of actor: Actor, for change: Change) -> Standing? {
        switch actor.kind {
        case .visitor, .server, .operator: return nil
        case .token(let label): return tokens[label].map { .token($0) }
        case .credential(let username):
            guard let credential = credential(username) else { return nil }
            switch credential.scope {
            case .delegate(let own): return .credential(credential, reached: credential.isDisabled ? nil : own)
            case .group(let label):
                let reached = change.delegate.flatMap { name in
                    groups[label]?.members.contains(name) == true && disabled[name] == nil ? name : nil
                }
                return .credential(credential, reached: reached)
            }
        }
    }

    fileprivate mutating func apply(
        _ change: Change, at time: Timestamp, sequence: ChangeSequence
    ) throws(StorageError) {
        switch change {
        case .enrol(let new): try enrol(new, at: time, sequence: sequence)
        case .publish(let value, let name):
            try check(name)
            guard disabled[name] == nil else { throw .delegateDisabled }
            delegates[name]?[value] = (sequence, time)
            removeExpired(of: name, now: time)
            firstPublished[name] = firstPublished[name] ?? time
        case .withdraw(let name):
            try check(name)
            delegates[name] = [:]
        case .disable(let name):
            try check(name)
            delegates[name] = [:]
            disabled[name] = disabled[name] ?? time
        case .enable(let name):
            try check(name)
            disabled[name] = nil
        case .delete(let name):
            try check(name)
            delete(name, at: time)
        case .expire(let name, let moment):
            try check(name)
            guard firstPublished[name] == nil, disabled[name] == nil, let enrolled = enrolled[name], enrolled < moment
            else { throw .delegateInUse }
            delete(name, at: time)
        case .addCredential(let credential, let maximum):
            try check(credential.scope)
            guard count(credential.scope) < maximum else { throw .tooManyCredentials(maximum: maximum) }
            try add(credential, sequence)
        case .claim(let credential):
            try check(credential.scope)
            try add(credential, sequence)
        case .rotate(let credential, let end, let maximum):
            try check(credential.scope)
            let others = credentials(of: credential.scope)
            for (other, end) in Change.ends(of: others, at: end, now: time, maximum: maximum) {
                if let end { credentials[other.username]?.expires = end } else { credentials[other.username] = nil }
            }
            try add(credential, sequence)
        case .revokeCredential(let username):
            guard let credential = credentials[username] else { throw .noSuchCredential }
            let others = credentials.values.filter { $0.scope == credential.scope && $0.username != username }
            guard credential.hasExpired(at: time) || others.contains(where: { !$0.hasExpired(at: time) }) else {
                throw .lastCredential
            }
            credentials[username] = nil
        case .editCredential(let username, let edit):
            guard var credential = credentials[username] else { throw .noSuchCredential }
            if let label = edit.label { credential.label = label }
            if let networks = edit.allowedNetworks { credential.allowedNetworks = networks }
            if let expires = edit.expires { credential.expires = expires }
            credentials[username] = credential
        case .keepDigest(let digest, let username):
            if case .bcrypt = credentials[username]?.check { credentials[username]?.check = .digest(digest) }
        case .makeGroup, .deleteGroup, .addMember, .removeMember, .makeToken, .revokeToken:
            try applyToGroupsAndTokens(change, at: time)
        case .forgetAudit(let oldest, let keeping, let maximum):
            let kept = entries.suffix(min(keeping, entries.count)).first?.number ?? .max
            let old = entries.prefix(maximum).prefix { $0.number < kept || $0.event.time < oldest }
            forgotten = old.last ?? forgotten
            entries.removeFirst(old.count)
            guard let last = old.last else { break }
            append(
                AuditEvent(.shortened, at: time, by: "server", from: nil, delegate: nil, detail: "\(last.number)"))
        case .keepSerials(let records):
            for record in records where record.revision > serials[record.zone]?.revision ?? 0 { serials[record.zone] = record }
        case .ageValues(let names, let moment):
            for name in names { removeExpired(of: name, now: moment) }
        case .note, .probe: break
        }
    }

    private mutating func applyToGroupsAndTokens(_ change: Change, at time: Timestamp) throws(StorageError) {
        switch change {
        case .makeGroup(let label):
            guard groups[label] == nil else { throw .groupTaken }
            groups[label] = (time, [])
        case .deleteGroup(let label):
            guard groups.removeValue(forKey: label) != nil else { throw .noSuchGroup }
            credentials = credentials.filter { $0.value.scope != .group(label) }
        case .addMember(let name, let group):
            try check(name)
            try check(.group(group))
            guard groups[group]?.members.union([name]).count ?? 0 <= GroupRecord.maximumMembers else { throw .groupFull }
            let twins = groups[group]?.members.filter { $0 != name && $0.labels.first == name.labels.first } ?? []
            guard twins.isEmpty else { throw .memberLabelTaken }
            groups[group]?.members.insert(name)
        case .removeMember(let name, let group):
            try check(.group(group))
            guard groups[group]?.members.remove(name) != nil else { throw .noSuchDelegate }
        case .makeToken(let token):
            guard tokens[token.label] == nil else { throw .tokenTaken }
            tokens[token.label] = token
        case .revokeToken(let label):
            guard let token = tokens[label] else { throw .noSuchToken }
            tokens[label]?.revoked = token.revoked ?? time
        default: break
        }
    }

    private mutating func enrol(_ new: NewDelegate, at time: Timestamp, sequence: ChangeSequence) throws(StorageError) {
        guard delegates[new.name] == nil else { throw deleted[new.name] == nil ? .nameTaken : .nameDeleted }
        if let credential = new.credential, credentials[credential.username] != nil { throw .usernameTaken }
        if let token = new.preparedFor {
            guard let found = tokens[token], found.isGood(at: time), !found.isUsedUp else { throw .noSuchToken }
        }
        if let origin = new.origin {
            let count = origins.count { $0.value == origin.network && deleted[$0.key] == nil }
            guard count < origin.maximum else { throw .networkFull(maximum: origin.maximum) }
            origins[new.name] = origin.network
        }
        delegates[new.name] = [:]
        enrolled[new.name] = time
        order.append(new.name)
        preparedFor[new.name] = new.preparedFor
        if let credential = new.credential { try add(credential, sequence) }
        for (index, imported) in (new.imported ?? []).enumerated() {
            delegates[new.name]?[imported.value] = (
                new.sequence(ofImported: index, enrolled: sequence), imported.published
            )
        }
        firstPublished[new.name] = new.imported?.first?.published
    }

    private mutating func removeExpired(of name: DomainName, now: Timestamp) {
        let values = (delegates[name] ?? [:]).sorted { $0.value.0 < $1.value.0 }
        let kept = ValueRetention.kept(of: values.map { min($0.value.1, now) }, now: now)
        for (value, _) in values[..<kept.lowerBound] { delegates[name]?[value] = nil }
    }

    private mutating func delete(_ name: DomainName, at time: Timestamp) {
        delegates[name] = [:]
        deleted[name] = time
        preparedFor[name] = nil
        credentials = credentials.filter { $0.value.delegate != name }
        for label in groups.keys { groups[label]?.members.remove(name) }
    }

    private mutating func add(_ credential: Credential, _ sequence: ChangeSequence) throws(StorageError) {
        guard credentials[credential.username] == nil else { throw .usernameTaken }
        credentials[credential.username] = credential
        made[credential.username] = sequence.number
        if let name = credential.delegate { preparedFor[name] = nil }
    }

    fileprivate mutating func noteUse(by actor: Actor, of delegate: DomainName?, at time: Timestamp) {
        guard case .credential(let username) = actor.kind, let credential = credentials[username] else { return }
        let use = Credential.Use(time: time, address: actor.address?.description)
        guard credential.lastUse?.stands(for: use) != true else { return }
        credentials[username]?.lastUse = use
        guard let address = actor.address else { return }
        let network = IPNetwork(partyOf: address)
        guard networks[username, default: []].insert(network).inserted else { return }
        append(
            AuditEvent(
                .usedFromNewNetwork, at: time, by: actor.auditText, from: address.description, delegate: delegate,
                detail: network.description))
    }

    fileprivate mutating func append(_ event: AuditEvent?) {
        guard let event else { return }
        let last = entries.last ?? forgotten
        let number = (last?.number ?? 0) + 1
        entries.append(
            AuditEntry(
                number: number, event: event,
                digest: AuditDigest(of: event, number: number, after: last?.digest ?? .origin)))
    }

    private func check(_ name: DomainName) throws(StorageError) {
        guard delegates[name] != nil, deleted[name] == nil else { throw .noSuchDelegate }
    }

    private func check(_ scope: Credential.Scope) throws(StorageError) {
        switch scope {
        case .delegate(let name): try check(name)
        case .group(let label): guard groups[label] != nil else { throw .noSuchGroup }
        }
    }

    private func count(_ scope: Credential.Scope) -> Int { credentials.values.count { $0.scope == scope } }
}
