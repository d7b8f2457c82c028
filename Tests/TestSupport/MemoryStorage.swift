package import DNS
package import Delegates
import Synchronization

/// A storage that forgets, for tests of the rules; it can be told to fail, before it makes a change or after.
package final class MemoryStorage: DelegateStorage {
    private let state = Mutex(State())

    fileprivate struct State {
        var sequence: UInt64 = 0
        var delegates: [DomainName: [ChallengeValue: (ChangeSequence, Timestamp)]] = [:]
        var enrolled: [DomainName: Timestamp] = [:]
        var deleted: Set<DomainName> = []
        var networks: [UniqueID: Set<IPNetwork>] = [:]
        var entries: [AuditEntry] = []
        /// The last one that went.
        var forgotten: AuditEntry?
        var credentials: [UniqueID: Credential] = [:]
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
                table.enrol(name, sequence: ChangeSequence(0))
                for (value, place) in values {
                    table.publish(value, at: name, sequence: place.0, published: min(place.1, now), now: now)
                }
            }
            table.advance(to: ChangeSequence(state.sequence))
        }
    }

    package func commit(
        _ change: Change, by actor: Actor, at time: Timestamp, committed: @escaping @Sendable (ChangeSequence) -> Void
    ) async throws(StorageError) {
        let (sequence, lateFailure) = try use { state throws(StorageError) in
            let next = ChangeSequence(state.sequence + 1)
            let target = change.target.flatMap { state.credentials[$0] }
            var used: Credential?
            if case .credential(let username) = actor.kind { used = state.credentials[username] }
            guard change.isAllowed(to: actor, with: used, target: target, at: time) else { throw .notAllowed }
            try state.apply(change, at: time, sequence: next)
            state.noteUse(by: actor, at: time)
            state.append(change.event(by: actor, at: time, delegate: target?.delegate, addresses: .full))
            state.sequence = next.number
            return (next, state.lateFailure)
        }
        committed(sequence)
        if let lateFailure { throw lateFailure }
    }

    package func credential(of username: UniqueID) async throws(StorageError) -> Credential? {
        try use { $0.credentials[username] }
    }

    package func credentials(of delegate: DomainName) async throws(StorageError) -> [Credential] {
        try use { state in
            state.credentials.values.filter { $0.delegate == delegate }.sorted {
                ($0.created, $0.username.description) < ($1.created, $1.username.description)
            }
        }
    }

    package func enrolmentTime(of delegate: DomainName) async throws(StorageError) -> Timestamp? {
        try use { state in state.deleted.contains(delegate) ? nil : state.enrolled[delegate] }
    }

    package func history(
        of delegate: DomainName, before number: UInt64?, maximum: Int
    ) async throws(StorageError) -> [AuditEntry] {
        try use { state in
            Array(
                state.entries.filter { $0.event.delegate == delegate && $0.number < number ?? .max }.reversed().prefix(maximum))
        }
    }

    /// All that happened, the oldest first.
    package var events: [AuditEvent] { state.withLock { $0.entries.map(\.event) } }

    package func beginningOfAudit() async throws(StorageError) -> Timestamp? {
        try use { $0.entries.first?.event.time }
    }

    package func checkHealth() async throws(StorageError) {
        try use { _ in }
    }
}

extension MemoryStorage.State {
    fileprivate mutating func apply(
        _ change: Change, at time: Timestamp, sequence: ChangeSequence
    ) throws(StorageError) {
        switch change {
        case .enrol(let credential):
            guard delegates[credential.delegate] == nil else { throw .nameTaken }
            delegates[credential.delegate] = [:]
            enrolled[credential.delegate] = time
            credentials[credential.username] = credential
        case .publish(let value, let name):
            try check(name)
            delegates[name]?[value] = (sequence, time)
        case .withdraw(let name):
            try check(name)
            delegates[name] = [:]
        case .delete(let name):
            try check(name)
            delegates[name] = [:]
            deleted.insert(name)
            credentials = credentials.filter { $0.value.delegate != name }
        case .addCredential(let credential, let maximum):
            try check(credential.delegate)
            guard count(credential.delegate) < maximum else { throw .tooManyCredentials }
            credentials[credential.username] = credential
        case .revokeCredential(let username):
            guard let credential = credentials[username] else { throw .noSuchCredential }
            let others = credentials.values.filter { $0.delegate == credential.delegate && $0.username != username }
            guard others.contains(where: { !$0.hasExpired(at: time) }) else { throw .lastCredential }
            credentials[username] = nil
        case .editCredential(let username, let edit):
            guard var credential = credentials[username] else { throw .noSuchCredential }
            if let label = edit.label { credential.label = label }
            if let networks = edit.allowedNetworks { credential.allowedNetworks = networks }
            if let expires = edit.expires { credential.expires = expires }
            credentials[username] = credential
        case .forgetAudit(let oldest, let maximum):
            let old = entries.prefix(maximum).prefix { $0.event.time < oldest }
            forgotten = old.last ?? forgotten
            entries.removeFirst(old.count)
            guard let last = old.last else { break }
            append(
                AuditEvent(.shortened, at: time, by: "server", from: nil, delegate: nil, detail: "\(last.number)"))
        case .note, .probe: break
        }
    }

    fileprivate mutating func noteUse(by actor: Actor, at time: Timestamp) {
        guard case .credential(let username) = actor.kind, let credential = credentials[username] else { return }
        let use = Credential.Use(time: time, address: actor.address?.description)
        guard credential.lastUse?.stands(for: use) != true else { return }
        credentials[username]?.lastUse = use
        guard let address = actor.address else { return }
        let network = IPNetwork(partyOf: address)
        guard networks[username, default: []].insert(network).inserted else { return }
        append(
            AuditEvent(
                .usedFromNewNetwork, at: time, by: actor.auditText, from: address.description, delegate: credential.delegate,
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
        guard delegates[name] != nil, !deleted.contains(name) else { throw .noSuchDelegate }
    }

    private func count(_ name: DomainName) -> Int { credentials.values.count { $0.delegate == name } }
}
