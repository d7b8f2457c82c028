/// A zone's keys, and the progress of a change of keys or of the end of signing. The state is stored, and continues where it was after a
/// restart.
///
/// Time counts only while the server runs: the system's clock may be set, and a server that does not run answers nobody.
package struct ZoneKeys: Hashable, Sendable, Codable {
    package internal(set) var keys: [Key]
    package internal(set) var stage: Stage
    /// The number of seconds that count towards the end of the stage.
    package internal(set) var waited: Int64 = 0
    /// How long resolvers may hold the parent's DS records, in seconds: the highest TTL that these had; `nil` if unknown.
    package internal(set) var parentTTL: UInt32?
    /// The TTLs seen since ``parentTTL`` was last seen; `nil` if it still holds.
    package internal(set) var lowerParentTTL: LowerTTL?
    /// The highest TTL in the zone that resolvers may still hold, in seconds; `nil` in a state from before it was stored.
    package internal(set) var zoneTTL: UInt32?
    package internal(set) var lowerZoneTTL: LowerTTL?
    /// How long the parent has been known to have no usable DS without a break, in seconds; `nil` if it has one or its state is unknown.
    package internal(set) var absence: Int64?
    /// Whether an operator has vouched for the parent in this stage; `nil` means no.
    package internal(set) var isConfirmed: Bool?
    /// The tags of keys that have gone, or were cancelled before use. None of them comes back.
    package internal(set) var retired: [UInt16]?
    /// The number of seconds since the key that signs data last changed.
    package internal(set) var dataKeyAge: Int64 = 0

    package struct Key: Hashable, Sendable, Codable {
        package var tag: UInt16
        package var algorithm: SigningAlgorithm
        package var role: Role
        /// Whether the key is to replace others.
        package var isIncoming = false
        /// Whether the key was found in the key folder, or among credentials, instead of being made by this server; `nil` means no.
        package var isAdopted: Bool?

        package init(_ key: SigningKey, role: Role, isAdopted: Bool = false) {
            if isAdopted { self.isAdopted = true }
            tag = key.tag
            algorithm = key.algorithm
            self.role = role
        }

        private init(tag: UInt16, algorithm: SigningAlgorithm, role: Role) {
            self.tag = tag
            self.algorithm = algorithm
            self.role = role
        }

        /// A key that is not made yet, to see whether a change could begin.
        package static func trial(_ algorithm: SigningAlgorithm, _ role: Role) -> Key {
            Key(tag: 0, algorithm: algorithm, role: role)
        }

        /// Whether the key signs the zone's keys.
        var isEntry: Bool { role != .zoneSigning }
        /// Whether the key signs the zone's data.
        var isForData: Bool { role != .keySigning }
    }

    /// The records that a key signs.
    package enum Role: String, CaseIterable, Hashable, Sendable, Codable {
        /// Everything (CSK).
        case combined = "csk"
        /// The zone's keys (KSK).
        case keySigning = "ksk"
        /// Everything else (ZSK).
        case zoneSigning = "zsk"
    }

    /// The state of a zone. The stages of a change follow one another.
    package enum Stage: String, Hashable, Sendable, Codable {
        /// No change is under way.
        case steady
        // A new CSK or KSK (RFC 6781 section 4.1.2: double signature).
        case entryKeyIntroduced, entryKeyAwaitsParent, entryKeyRetires
        // A new ZSK (RFC 6781 section 4.1.1.1: published before).
        case zoneKeyIntroduced, zoneKeyRetires
        // Keys of another algorithm (RFC 6781 section 4.1.4).
        case algorithmSigns, algorithmIntroduced, algorithmAwaitsParent, algorithmRetires, algorithmWithdrawn
        // The return to an unsigned zone (RFC 8078 section 4).
        case deletionRequested, deletionWaits
        case unsigned
    }

    /// - Parameter keys: a CSK, or a KSK and a ZSK, of one algorithm.
    package init(keys: [Key]) {
        self.keys = keys
        stage = .steady
    }

    // MARK: What is used now

    /// The tags of the keys for each purpose.
    package struct Uses: Hashable, Sendable {
        package var published: [UInt16] = []
        package var entry: [UInt16] = []
        package var data: [UInt16] = []
        /// The keys that should have a DS in the parent zone.
        package var requested: [UInt16] = []
        package var requestsDeletion = false

        package init(
            published: [UInt16] = [], entry: [UInt16] = [], data: [UInt16] = [], requested: [UInt16] = [],
            requestsDeletion: Bool = false
        ) {
            self.published = published
            self.entry = entry
            self.data = data
            self.requested = requested
            self.requestsDeletion = requestsDeletion
        }
    }

    package var uses: Uses {
        let (old, new) = (keys.filter { !$0.isIncoming }, keys.filter(\.isIncoming))
        func tags(_ keys: [Key]) -> [UInt16] { keys.map(\.tag) }
        let oldEntry = tags(old.filter(\.isEntry))
        let newEntry = tags(new.filter(\.isEntry))
        let oldData = tags(old.filter(\.isForData))
        let newData = tags(new.filter(\.isForData))
        let present = Uses(published: tags(old), entry: oldEntry, data: oldData, requested: oldEntry)
        switch stage {
        case .steady: return present
        case .entryKeyIntroduced:
            return Uses(published: tags(keys), entry: oldEntry + newEntry, data: oldData, requested: oldEntry)
        case .entryKeyAwaitsParent, .entryKeyRetires:
            // A new KSK leaves the signing of data to the existing ZSK.
            return Uses(
                published: tags(keys), entry: oldEntry + newEntry, data: newData.isEmpty ? oldData : newData,
                requested: newEntry)
        case .zoneKeyIntroduced:
            return Uses(published: tags(keys), entry: oldEntry, data: oldData, requested: oldEntry)
        case .zoneKeyRetires:
            return Uses(published: tags(keys), entry: oldEntry, data: newData, requested: oldEntry)
        case .algorithmSigns:
            return Uses(published: tags(old), entry: oldEntry, data: oldData + newData, requested: oldEntry)
        case .algorithmIntroduced:
            return Uses(
                published: tags(keys), entry: oldEntry + newEntry, data: oldData + newData, requested: oldEntry)
        case .algorithmAwaitsParent, .algorithmRetires:
            return Uses(
                published: tags(keys), entry: oldEntry + newEntry, data: oldData + newData, requested: newEntry)
        case .algorithmWithdrawn:
            return Uses(published: tags(new), entry: newEntry, data: oldData + newData, requested: newEntry)
        case .deletionRequested, .deletionWaits:
            var uses = present
            uses.requested = []
            uses.requestsDeletion = true
            return uses
        case .unsigned: return Uses()
        }
    }

    package var isSigned: Bool { stage != .unsigned }

    /// Whether this program can have written the state: each use has its keys, and no two data keys have the same algorithm.
    package var isSound: Bool {
        let uses = uses
        guard isSigned else { return true }
        return !uses.published.isEmpty && !uses.entry.isEmpty && 1...2 ~= uses.data.count
            && Set(keys.map(\.tag)).count == keys.count
            && Set(keys.filter { uses.data.contains($0.tag) }.map(\.algorithm)).count == uses.data.count
    }

    /// The tags that a new key must not have.
    package var takenTags: Set<UInt16> { Set(keys.map(\.tag) + (retired ?? [])) }

    // MARK: Beginning something

    /// The reason why a change cannot begin.
    package enum Refusal: Error, Hashable, Sendable {
        /// Another change is under way.
        case underWay(Stage)
        /// No change is under way that could be cancelled or confirmed.
        case nothingUnderWay
        case notSigned
        /// The zone has no key of that role.
        case noSuchKey(Role)
        /// The keys already have that algorithm.
        case sameAlgorithm
    }

    /// Begins to replace the key of the same role with a new key.
    package mutating func replace(by key: Key) throws(Refusal) {
        try checkIdle()
        guard keys.contains(where: { $0.role == key.role }) else { throw .noSuchKey(key.role) }
        bring([key])
        enter(key.isEntry ? .entryKeyIntroduced : .zoneKeyIntroduced)
    }

    /// Begins to replace all keys with keys of another algorithm.
    package mutating func replaceAll(by new: [Key]) throws(Refusal) {
        try checkIdle()
        guard !keys.contains(where: { key in new.contains { $0.algorithm == key.algorithm } }) else { throw .sameAlgorithm }
        bring(new)
        enter(.algorithmSigns)
    }

    private func checkIdle() throws(Refusal) {
        switch stage {
        case .steady: return
        case .unsigned: throw .notSigned
        default: throw .underWay(stage)
        }
    }

    private mutating func bring(_ new: [Key]) {
        keys += new.map { key in
            var key = key
            key.isIncoming = true
            return key
        }
    }

    /// Reverses a change: the old keys stay and the new keys go, with the same care.
    package mutating func cancel() throws(Refusal) {
        switch stage {
        // The configuration decides whether the zone is signed at all.
        case .steady, .unsigned, .deletionRequested, .deletionWaits: throw .nothingUnderWay
        case .zoneKeyIntroduced:
            // No resolver has seen a signature by the new key. A change that was due by age is due again only after the same time.
            retired = (retired ?? []) + keys.filter(\.isIncoming).map(\.tag)
            keys.removeAll(where: \.isIncoming)
            dataKeyAge = 0
            enter(.steady)
        case .entryKeyIntroduced: turnBack(to: .entryKeyAwaitsParent)
        // Resolvers may not know the returning keys: these may have been there only for a moment, before another reversal.
        case .entryKeyAwaitsParent, .entryKeyRetires: turnBack(to: .entryKeyIntroduced)
        case .zoneKeyRetires: turnBack(to: .zoneKeyRetires)
        case .algorithmSigns, .algorithmWithdrawn:
            turnBack(to: stage == .algorithmSigns ? .algorithmWithdrawn : .algorithmSigns)
        case .algorithmIntroduced: turnBack(to: .algorithmAwaitsParent)
        case .algorithmAwaitsParent, .algorithmRetires: turnBack(to: .algorithmIntroduced)
        }
    }

    private mutating func turnBack(to stage: Stage) {
        let roles = Set(keys.filter(\.isIncoming).map(\.role))
        for index in keys.indices where roles.contains(keys[index].role) { keys[index].isIncoming.toggle() }
        enter(stage)
    }

    /// Begins to end signing.
    ///
    /// - Returns: whether the stage changed.
    package mutating func requestDeletion() -> Bool {
        // A change that is under way ends first.
        guard stage == .steady else { return false }
        enter(.deletionRequested)
        return true
    }

    /// Continues signing, or begins it again.
    ///
    /// - Returns: whether the stage changed.
    package mutating func resume() -> Bool {
        switch stage {
        case .deletionRequested, .deletionWaits, .unsigned:
            enter(.steady)
            return true
        default: return false
        }
    }

    mutating func enter(_ stage: Stage) {
        self.stage = stage
        waited = 0
        isConfirmed = nil
        // The absence counts from the beginning of such a stage.
        if stage == .entryKeyAwaitsParent || stage == .algorithmAwaitsParent { absence = nil }
    }
}
