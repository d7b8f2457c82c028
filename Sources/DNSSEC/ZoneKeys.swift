/// Which keys a zone has, and how far a change of keys or an end of signing has come. It is kept, and goes on after a restart where it
/// was.
///
/// Times are counted while the server runs: the system's clock may be set, and a server that does not run answers nobody.
package struct ZoneKeys: Hashable, Sendable, Codable {
    package internal(set) var keys: [Key]
    package internal(set) var stage: Stage
    /// Seconds of the stage that count.
    package internal(set) var waited: Int64 = 0
    /// For how long resolvers may know the parent's DS records, in seconds, as far as it is known: the highest TTL that they had.
    package internal(set) var parentTTL: UInt32?
    /// What was seen since ``parentTTL`` was seen last; `nil` if it holds.
    package internal(set) var lowerParentTTL: LowerTTL?
    /// The highest TTL in the zone that resolvers may still know, in seconds; `nil` for a state of before it was kept.
    package internal(set) var zoneTTL: UInt32?
    package internal(set) var lowerZoneTTL: LowerTTL?
    /// Seconds for which the parent was known to have no DS without a break; `nil` if it was not, or has one.
    package internal(set) var absence: Int64?
    /// Whether an operator has vouched for the parent in this stage: `nil` is no.
    package internal(set) var isConfirmed: Bool?
    /// The tags of keys that have gone, or were cancelled before they were used: none of them comes back.
    package internal(set) var retired: [UInt16]?
    /// Seconds since the key that signs data was last changed.
    package internal(set) var dataKeyAge: Int64 = 0

    package struct Key: Hashable, Sendable, Codable {
        package var tag: UInt16
        package var algorithm: UInt8
        package var role: Role
        /// Whether it is to take the place of others.
        package var isIncoming = false
        /// Whether it was found where keys are kept instead of being made by this server: `nil` is no.
        package var isAdopted: Bool?

        package init(_ key: SigningKey, role: Role, isAdopted: Bool = false) {
            if isAdopted { self.isAdopted = true }
            tag = key.tag
            algorithm = key.algorithm.rawValue
            self.role = role
        }

        private init(tag: UInt16, algorithm: UInt8, role: Role) {
            self.tag = tag
            self.algorithm = algorithm
            self.role = role
        }

        /// Stands for a key that is not made yet, to see whether a change could begin.
        package static func trial(_ algorithm: SigningAlgorithm, _ role: Role) -> Key {
            Key(tag: 0, algorithm: algorithm.rawValue, role: role)
        }

        /// Whether it signs the zone's keys.
        var isEntry: Bool { role != .zoneSigning }
        /// Whether it signs the zone's data.
        var isForData: Bool { role != .keySigning }
    }

    /// What a key signs.
    package enum Role: String, Hashable, Sendable, Codable {
        /// Everything (CSK).
        case combined = "csk"
        /// The zone's keys (KSK).
        case keySigning = "ksk"
        /// Everything else (ZSK).
        case zoneSigning = "zsk"
    }

    /// Where a zone stands. The stages of a change follow one another.
    package enum Stage: String, Hashable, Sendable, Codable {
        /// Nothing changes.
        case steady
        // A new CSK or KSK (RFC 6781 section 4.1.2: double signature).
        case entryKeyIntroduced, entryKeyAwaitsParent, entryKeyRetires
        // A new ZSK (RFC 6781 section 4.1.1.1: published before).
        case zoneKeyIntroduced, zoneKeyRetires
        // Keys of another algorithm (RFC 6781 section 4.1.4).
        case algorithmSigns, algorithmIntroduced, algorithmAwaitsParent, algorithmRetires, algorithmWithdrawn
        // Back to a zone that is not signed (RFC 8078 section 4).
        case deletionRequested, deletionWaits
        case unsigned
    }

    /// - Parameter keys: of one algorithm: a CSK, or a KSK and a ZSK.
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
        /// Those of which the parent should have a DS.
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
            // A KSK leaves the signing of data to the ZSK that is there.
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

    /// Whether it can have been written by this program: each use has its keys, and of an algorithm no two sign the same.
    package var isSound: Bool {
        let uses = uses
        guard isSigned else { return true }
        return !uses.published.isEmpty && !uses.entry.isEmpty && 1...2 ~= uses.data.count
            && Set(keys.map(\.tag)).count == keys.count
            && Set(keys.filter { uses.data.contains($0.tag) }.map(\.algorithm)).count == uses.data.count
    }

    /// Tags that a further key must not have.
    package var takenTags: Set<UInt16> { Set(keys.map(\.tag) + (retired ?? [])) }

    // MARK: Beginning something

    /// Why a change cannot begin.
    package enum Refusal: Error, Hashable, Sendable {
        /// Another one is under way.
        case underWay(Stage)
        /// Nothing is under way that could be cancelled or confirmed.
        case nothingUnderWay
        case notSigned
        /// There is no key of that role.
        case noSuchKey(Role)
        /// The keys are of that algorithm already.
        case sameAlgorithm
    }

    /// Begins to put a new key in the place of the one with the same role.
    package mutating func replace(by key: Key) throws(Refusal) {
        try checkIdle()
        guard keys.contains(where: { $0.role == key.role }) else { throw .noSuchKey(key.role) }
        bring([key])
        enter(key.isEntry ? .entryKeyIntroduced : .zoneKeyIntroduced)
    }

    /// Begins to put keys of another algorithm in the place of all.
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

    /// Turns back: what was to go stays, and what was to come goes, with the same care.
    package mutating func cancel() throws(Refusal) {
        switch stage {
        // Whether the zone is signed at all is said by the configuration.
        case .steady, .unsigned, .deletionRequested, .deletionWaits: throw .nothingUnderWay
        case .zoneKeyIntroduced:
            // Nobody has seen anything that it has signed. If its time had come, it comes again in as long.
            retired = (retired ?? []) + keys.filter(\.isIncoming).map(\.tag)
            keys.removeAll(where: \.isIncoming)
            dataKeyAge = 0
            enter(.steady)
        case .entryKeyIntroduced: turnBack(to: .entryKeyAwaitsParent)
        // Whether resolvers know what comes back is not certain: it may have been there for a moment only, before another turn.
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

    /// Begins to end the signing.
    ///
    /// - Returns: whether that changed something.
    package mutating func requestDeletion() -> Bool {
        // What is under way comes to its end first.
        guard stage == .steady else { return false }
        enter(.deletionRequested)
        return true
    }

    /// Goes on signing, or begins again.
    ///
    /// - Returns: whether that changed something.
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
        // It must be so for long within such a stage.
        if stage == .entryKeyAwaitsParent || stage == .algorithmAwaitsParent { absence = nil }
    }
}
