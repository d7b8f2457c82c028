/// The stages that follow one another, and what each waits for.
extension ZoneKeys {
    /// How long caches keep what, in seconds.
    package struct Timing: Hashable, Sendable {
        /// The TTL of the DNSKEY RRset.
        package var keyTTL: Int64
        /// The highest TTL in the zone.
        package var zoneTTL: Int64
        /// Until each name server of the zone has a change, and for clocks that go differently.
        package var propagation: Int64
        /// Until each name server of the parent zone has a change.
        package var parentPropagation: Int64
        /// The TTL of the parent's DS records where nobody knows better.
        package var assumedParentTTL: UInt32

        package init(
            keyTTL: Int64 = Int64(ZoneSigner.keyTTL), zoneTTL: Int64 = 3600, propagation: Int64 = 3600,
            parentPropagation: Int64 = 3600, assumedParentTTL: UInt32 = 86_400
        ) {
            self.keyTTL = keyTTL
            self.zoneTTL = zoneTTL
            self.propagation = propagation
            self.parentPropagation = parentPropagation
            self.assumedParentTTL = assumedParentTTL
        }
    }

    /// Which keys the parent zone has a DS of, as far as is known.
    package enum ParentView: Hashable, Sendable {
        case unknown
        case none
        /// It has DS records, none of which any validator can use: all take the zone for one that is not signed (RFC 4035 section 5.2).
        case unusable
        /// The keys, by their tags, whose DS is there and right, as all resolvers say that were asked; others only some of them see. Of
        /// further DS records that a validator can use, the algorithms. It is sure if at least one of the resolvers answers for what
        /// everybody sees; else nothing goes on with it.
        case keys(Set<UInt16>, others: Set<UInt16> = [], foreign: Set<UInt8> = [], isSure: Bool = true, ttl: TTL)

        /// Whether two say the same, whatever the TTLs.
        package func isAlike(_ other: ParentView) -> Bool { withoutTTL == other.withoutTTL }

        private var withoutTTL: ParentView {
            guard case .keys(let present, let others, let foreign, let isSure, _) = self else { return self }
            return .keys(present, others: others, foreign: foreign, isSure: isSure, ttl: .left(0))
        }

        /// Whether no validator demands signatures, as far as the parent's present records go.
        package var isInsecure: Bool { self == .none || self == .unusable }

        fileprivate var isSure: Bool {
            if case .keys(_, _, _, let isSure, _) = self { isSure } else { true }
        }

        /// In seconds.
        package enum TTL: Hashable, Sendable {
            /// As the parent has it.
            case whole(UInt32)
            /// What was left of it in a resolver's cache.
            case left(UInt32)
        }
    }

    /// Lets time pass, and goes on to the next stage if its time has come.
    ///
    /// - Parameters:
    ///   - seconds: for how long the server has run since the last time.
    ///   - isResigned: whether everything that is signed ahead is signed by the keys that sign data now.
    /// - Returns: whether the stage changed.
    package mutating func advance(
        by seconds: Int64, timing: Timing, parent: ParentView, isResigned: Bool
    ) -> Bool {
        if keys.contains(where: { $0.role == .zoneSigning }) { dataKeyAge += seconds }
        take(parent, by: seconds, timing)
        Self.take(Self.effective(UInt32(clamping: timing.zoneTTL)), to: &zoneTTL, &lowerZoneTTL, by: seconds)
        guard isResigned else { return false }
        waited += seconds
        // What has what is waited for, and is not sure, is no more than no news.
        let parent = isReady(parent) && !parent.isSure ? .unknown : parent
        switch stage {
        case .steady, .unsigned: return false
        case .entryKeyAwaitsParent, .algorithmAwaitsParent:
            // Where there is no DS for so long, there is no chain that could break.
            guard isReady(parent) || parent.isInsecure && isAbsentForLong(timing) else { return false }
        case .deletionRequested:
            guard parent.isInsecure else { return false }
        case .entryKeyRetires, .algorithmRetires:
            if parent != .unknown, !isReady(parent), !(parent.isInsecure && isAbsentForLong(timing)) {
                // It was there and is not any more.
                enter(stage == .entryKeyRetires ? .entryKeyAwaitsParent : .algorithmAwaitsParent)
                return true
            }
            guard waited >= wait(timing), !needsParentAgain(parent) else { return false }
        case .algorithmWithdrawn where isContrary(parent):
            // The parent has gone back: the old keys are wanted again.
            enter(.algorithmAwaitsParent)
            return true
        case .deletionWaits:
            if case .keys = parent {
                enter(.deletionRequested)
                return true
            }
            guard waited >= wait(timing), !needsParentAgain(parent) else { return false }
        case .entryKeyIntroduced, .zoneKeyIntroduced, .zoneKeyRetires, .algorithmSigns, .algorithmIntroduced,
            .algorithmWithdrawn:
            guard waited >= wait(timing) else { return false }
        }
        goOn()
        return true
    }

    /// Takes the operator's word that the parent zone has what this stage waits for.
    ///
    /// - Throws: ``Refusal/nothingUnderWay`` if the stage does not wait for the parent.
    package mutating func confirmParent(timing: Timing) throws(Refusal) {
        switch stage {
        case .entryKeyAwaitsParent, .algorithmAwaitsParent, .deletionRequested:
            parentTTL = max(parentTTL ?? 0, timing.assumedParentTTL)
            goOn()
        default:
            guard waiting(timing) == .parentAgain else { throw .nothingUnderWay }
        }
        absence = nil
        isConfirmed = true
    }

    /// Whether the parent has had no DS for so long that no resolver knows one.
    private func isAbsentForLong(_ timing: Timing) -> Bool { absence.map { $0 >= wait(forgetting: timing) } ?? false }

    /// Whether a stage relies on what the parent has, and that is to be seen once more at its end: a key goes then, and if the parent has
    /// gone back to its DS meanwhile, or a resolver was mistaken, all answers are taken for forged.
    private var reliesOnParent: Bool {
        guard isConfirmed != true else { return false }
        return switch stage {
        case .deletionWaits, .entryKeyRetires, .algorithmRetires: true
        default: false
        }
    }

    private func needsParentAgain(_ parent: ParentView) -> Bool { reliesOnParent && parent == .unknown }

    /// Whether the parent has a DS of each key that is to have one. Of the algorithm that leaves there must be none: each that has a DS
    /// must have its keys in the zone (RFC 4035 section 2.2, RFC 6840 section 5.11).
    package func isReady(_ parent: ParentView) -> Bool {
        guard case .keys(let present, let others, let foreign, _, _) = parent, present.isSuperset(of: uses.requested) else {
            return false
        }
        guard [.algorithmAwaitsParent, .algorithmRetires, .algorithmWithdrawn].contains(stage) else { return true }
        let leaving = keys.filter { !$0.isIncoming }
        return present.union(others).isDisjoint(with: leaving.map(\.tag)) && foreign.isDisjoint(with: leaving.map(\.algorithm))
    }

    /// Whether the parent has DS records that are not those which it should have.
    private func isContrary(_ parent: ParentView) -> Bool {
        guard case .keys = parent else { return false }
        return !isReady(parent)
    }

    /// What is left of a TTL says little of the whole: never less counts than is assumed.
    private mutating func take(_ parent: ParentView, by seconds: Int64, _ timing: Timing) {
        switch parent {
        // There may have been one meanwhile.
        case .unknown: absence = nil
        case .none, .unusable: absence = (absence ?? 0) + seconds
        case .keys(_, _, _, _, .whole(let ttl)):
            absence = nil
            Self.take(Self.effective(ttl), to: &parentTTL, &lowerParentTTL, by: seconds)
        case .keys(_, _, _, _, .left(let ttl)):
            absence = nil
            Self.take(max(Self.effective(ttl), timing.assumedParentTTL), to: &parentTTL, &lowerParentTTL, by: seconds)
        }
    }

    /// Until no resolver knows DS records any more that the parent does not have.
    private func wait(forgetting timing: Timing) -> Int64 {
        Int64(Self.effective(parentTTL ?? timing.assumedParentTTL)) + timing.parentPropagation
    }

    /// How long a stage takes, in seconds; 0 for one that waits for something else.
    private func wait(_ timing: Timing) -> Int64 {
        let parent = wait(forgetting: timing)
        let zoneTTL = Int64(Self.effective(max(zoneTTL ?? 0, UInt32(clamping: timing.zoneTTL))))
        return switch stage {
        case .steady, .unsigned, .entryKeyAwaitsParent, .algorithmAwaitsParent, .deletionRequested: 0
        case .entryKeyIntroduced, .zoneKeyIntroduced, .algorithmIntroduced: timing.keyTTL + timing.propagation
        case .entryKeyRetires: max(parent, zoneTTL + timing.propagation)
        case .zoneKeyRetires, .algorithmSigns: zoneTTL + timing.propagation
        case .algorithmRetires, .deletionWaits: parent
        case .algorithmWithdrawn: max(timing.keyTTL, zoneTTL) + timing.propagation
        }
    }

    private mutating func goOn() {
        switch stage {
        case .steady, .unsigned: break
        case .entryKeyIntroduced: enter(.entryKeyAwaitsParent)
        case .entryKeyAwaitsParent: enter(.entryKeyRetires)
        case .zoneKeyIntroduced: enter(.zoneKeyRetires)
        case .algorithmSigns: enter(.algorithmIntroduced)
        case .algorithmIntroduced: enter(.algorithmAwaitsParent)
        case .algorithmAwaitsParent: enter(.algorithmRetires)
        case .algorithmRetires: enter(.algorithmWithdrawn)
        case .deletionRequested: enter(.deletionWaits)
        case .deletionWaits: enter(.unsigned)
        case .entryKeyRetires, .zoneKeyRetires, .algorithmWithdrawn:
            let roles = Set(keys.filter(\.isIncoming).map(\.role))
            retired = (retired ?? []) + keys.filter { !$0.isIncoming && roles.contains($0.role) }.map(\.tag)
            if roles.contains(where: { $0 != .keySigning }) { dataKeyAge = 0 }
            keys.removeAll { !$0.isIncoming && roles.contains($0.role) }
            for index in keys.indices { keys[index].isIncoming = false }
            enter(.steady)
        }
    }

    // MARK: What it waits for

    package enum Waiting: Hashable, Sendable {
        case nothing
        /// Until so many seconds have passed.
        case time(seconds: Int64)
        /// Until the parent zone has a DS of each of these keys.
        case parentHas([UInt16])
        /// Until the parent zone has no DS.
        case parentHasNone
        /// Until a resolver tells again what the parent zone has: the time is over.
        case parentAgain
    }

    package func waiting(_ timing: Timing) -> Waiting {
        switch stage {
        case .steady, .unsigned: .nothing
        case .entryKeyAwaitsParent, .algorithmAwaitsParent: .parentHas(uses.requested)
        case .deletionRequested: .parentHasNone
        case .entryKeyIntroduced, .entryKeyRetires, .zoneKeyIntroduced, .zoneKeyRetires, .algorithmSigns,
            .algorithmIntroduced, .algorithmRetires, .algorithmWithdrawn, .deletionWaits:
            reliesOnParent && waited >= wait(timing) ? .parentAgain : .time(seconds: max(0, wait(timing) - waited))
        }
    }
}
