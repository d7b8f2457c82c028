package import DNS
import DNSSEC
package import Delegates
import Synchronization

/// The keys of zones that several servers sign, as the storage that they share has them.
///
/// What is kept here does not hold at once. It is a proposal: when the storage has it, all servers take it up, this one too, and only then
/// does the next one count from it. If another server was first, the proposal ends without a trace.
package final class SharedKeys: KeyStore {
    private let state = Mutex(State())
    /// Tells that there are proposals.
    package let proposed: AsyncStream<Void>
    private let announcement: AsyncStream<Void>.Continuation

    private struct State {
        var records: [DomainName: Record] = [:]
        /// The secrets of keys that were made here and are in no record yet.
        var made: [DomainName: [UInt16: SigningKey]] = [:]
        var proposals: [DomainName: Proposal] = [:]
        /// The numbers of those that are on their way into the storage.
        var underWay: Set<Int> = []
        var lastNumber = 0
        /// The zones whose proposal has their first keys.
        var begun: Set<DomainName> = []
        /// What became of the last proposal of each zone.
        var outcomes: [DomainName: (number: Int, outcome: Outcome)] = [:]
        /// Files of this server: of the time before keys were shared, or credentials.
        var files: KeyFolder?
    }

    /// What the storage has of a zone.
    private struct Record {
        var keys: ZoneKeys
        var secrets: [UInt16: SigningKey]
        var sequence: ChangeSequence
    }

    /// A state of a zone's keys that all servers should take up.
    package struct Proposal: Sendable {
        package var apex: DomainName
        package var number: Int
        /// The octets that the storage is to keep, which have private keys in them.
        package var content: [UInt8]
        /// The change that put what it replaces into the storage; `nil` if there is nothing.
        package var former: ChangeSequence?
    }

    /// What became of a proposal.
    package enum Outcome: Hashable, Sendable {
        case kept
        /// The storage has it, but not all servers have said in time that they have it; the reason in words.
        case unconfirmed(String)
        /// Another server has changed the keys meanwhile.
        case overtaken
        /// The reason in words. The storage may have it all the same.
        case failed(String)
    }

    package init() {
        (proposed, announcement) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Sets the files of this server in which keys can be that are not shared.
    func use(_ files: KeyFolder?) { state.withLock { $0.files = files } }

    /// Something that the storage has, as this server knows it.
    package struct Known: Sendable {
        package var apex: DomainName
        package var content: [UInt8]
        package var sequence: ChangeSequence
    }

    /// All that the storage has, as far as this server has heard.
    package var all: [Known] {
        state.withLock { state in
            state.records.map { apex, record in
                Known(
                    apex: apex, content: SharedKeyContent(record.keys, secrets: record.secrets).octets,
                    sequence: record.sequence)
            }
        }
    }

    /// The zones that the storage knows.
    package var known: Set<DomainName> { state.withLock { Set($0.records.keys) } }

    // MARK: What the storage has

    /// Takes what the storage has of a zone. If it cannot be used, what was known stays.
    ///
    /// - Parameters:
    ///   - sequence: the change that put it there.
    ///   - signs: whether this server signs with the keys, and so must have all of them.
    /// - Returns: `false` if something newer is known.
    @discardableResult
    package func take(
        _ content: [UInt8], of apex: DomainName, at sequence: ChangeSequence, signs: Bool = false
    ) throws(KeyFolder.Failure) -> Bool {
        guard let shared = SharedKeyContent(octets: content), let secrets = shared.secrets else {
            throw .unreadableShare(apex: apex)
        }
        if signs {
            guard shared.keys.isSound else { throw .unsoundState(apex: apex) }
            for key in shared.keys.keys where secrets[key.tag] == nil { _ = try ownKey(key, of: apex) }
        }
        return state.withLock { state in
            if let known = state.records[apex], known.sequence >= sequence { return false }
            state.records[apex] = Record(keys: shared.keys, secrets: secrets, sequence: sequence)
            state.made[apex] = nil
            state.begun.remove(apex)
            return true
        }
    }

    /// Whether this server has proposed the first keys of a zone, and nothing is known of another's.
    func hasBegun(_ apex: DomainName) -> Bool { state.withLock { $0.begun.contains(apex) } }

    // MARK: Proposals

    /// The proposals that are not on their way yet. From now on they are.
    package func takeProposals() -> [Proposal] {
        state.withLock { state in
            let new = state.proposals.values.filter { !state.underWay.contains($0.number) }.sorted { $0.number < $1.number }
            state.underWay.formUnion(new.map(\.number))
            return new
        }
    }

    /// Notes what became of a proposal. Another one can follow.
    package func end(_ proposal: Proposal, _ outcome: Outcome) {
        state.withLock { state in
            state.underWay.remove(proposal.number)
            state.proposals[proposal.apex] = nil
            state.made[proposal.apex] = nil
            if outcome != .kept { state.begun.remove(proposal.apex) }
            state.outcomes[proposal.apex] = (proposal.number, outcome)
        }
    }

    /// Whether a proposal is open for a zone.
    func isAgreeing(on apex: DomainName) -> Bool { state.withLock { $0.proposals[apex] != nil } }

    /// - Returns: `nil` if the proposal is open, or another one has followed it.
    package func outcome(ofProposal number: Int, of apex: DomainName) -> Outcome? {
        state.withLock { state in state.outcomes[apex].flatMap { $0.number == number ? $0.outcome : nil } }
    }

    /// Proposes the keys that this server's files have of a zone.
    ///
    /// - Returns: whether there are some.
    func proposeFiles(of apex: DomainName) throws(KeyFolder.Failure) -> Bool {
        guard let files = state.withLock(\.files), let zone = try SignedZone.read(apex, from: files) else { return false }
        if files.makesKeys { state.withLock { $0.made[apex] = zone.secrets } }
        _ = try propose(zone.keys, of: apex)
        return true
    }

    /// Puts the files that this server's key folder has of a zone out of use: the storage has its keys now, and with those of the folder, which
    /// become older and older, nobody must ever sign again.
    ///
    /// - Returns: the names of the files in the folder; empty if there are none.
    func retireFiles(of apex: DomainName) throws(KeyFolder.Failure) -> [String] {
        guard let files = state.withLock(\.files), files.makesKeys, KeyFolder.hasFiles(of: apex, in: files.path) else {
            return []
        }
        return try KeyFolder(path: files.path, secretsPath: nil, to: .use).retire(apex)
    }

    /// - Returns: the number of the proposal; `nil` if another one is open.
    /// - Throws: ``KeyFolder/Failure/unreadableShare(apex:)`` if a private key is not here, with which others could not sign.
    private func propose(_ keys: ZoneKeys, of apex: DomainName) throws(KeyFolder.Failure) -> Int? {
        let number = try state.withLock { state throws(KeyFolder.Failure) -> Int? in
            guard state.proposals[apex] == nil else { return nil }
            let secrets = (state.records[apex]?.secrets ?? [:]).merging(state.made[apex] ?? [:]) { $1 }
            if state.files?.makesKeys ?? true, keys.keys.contains(where: { secrets[$0.tag] == nil }) {
                throw .unreadableShare(apex: apex)
            }
            state.lastNumber += 1
            state.proposals[apex] = Proposal(
                apex: apex, number: state.lastNumber, content: SharedKeyContent(keys, secrets: secrets).octets,
                former: state.records[apex]?.sequence)
            return state.lastNumber
        }
        announcement.yield()
        return number
    }

    // MARK: The store

    var makesKeys: Bool { state.withLock { $0.files?.makesKeys ?? true } }

    func state(of apex: DomainName) throws(KeyFolder.Failure) -> ZoneKeys? { state.withLock { $0.records[apex]?.keys } }

    func key(_ key: ZoneKeys.Key, of apex: DomainName) throws(KeyFolder.Failure) -> SigningKey {
        let secret = state.withLock { state in state.records[apex]?.secrets[key.tag] ?? state.made[apex]?[key.tag] }
        return if let secret { secret } else { try ownKey(key, of: apex) }
    }

    /// A key that the storage does not have, because each server has it by itself.
    private func ownKey(_ key: ZoneKeys.Key, of apex: DomainName) throws(KeyFolder.Failure) -> SigningKey {
        guard let files = state.withLock(\.files), !files.makesKeys else { throw .unreadableShare(apex: apex) }
        return try files.key(key, of: apex)
    }

    func unusedKeys(of apex: DomainName, besides tags: Set<UInt16>) throws(KeyFolder.Failure) -> [SigningKey] {
        guard let files = state.withLock(\.files) else { return [] }
        let keys = try files.unusedKeys(of: apex, besides: tags)
        if files.makesKeys { for key in keys { note(key, of: apex) } }
        return keys
    }

    func makeKey(
        _ algorithm: SigningAlgorithm, _ role: ZoneKeys.Role, of apex: DomainName, besides tags: Set<UInt16>
    ) throws(KeyFolder.Failure) -> SigningKey {
        guard makesKeys else { throw .makesNoKeys(apex: apex) }
        let key = SigningKey(algorithm, isSecureEntryPoint: role != .zoneSigning, avoiding: tags)
        note(key, of: apex)
        return key
    }

    private func note(_ key: SigningKey, of apex: DomainName) {
        state.withLock { $0.made[apex, default: [:]][key.tag] = key }
    }

    func keep(_ keys: ZoneKeys, of apex: DomainName, after former: ZoneKeys?) throws(KeyFolder.Failure) {
        let number = try propose(keys, of: apex)
        if former == nil, number != nil { state.withLock { _ = $0.begun.insert(apex) } }
        throw .agreeing(apex: apex, proposal: number)
    }

    /// The storage has the secrets of the keys in use alone.
    func remove(_ key: SigningKey, of apex: DomainName) {}
}
