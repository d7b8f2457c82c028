/// The order of the stages, and what each waits for.
extension ZoneKeys {
    /// The times that caches and name servers take, in seconds.
    package struct Timing: Hashable, Sendable {
        /// The TTL of the DNSKEY RRset.
        package var keyTTL: Int64
        /// The highest TTL in the zone.
        package var zoneTTL: Int64
        /// The time until each name server of the zone has a change, with a margin for clocks that differ.
        package var propagation: Int64
        /// The time until each name server of the parent zone has a change.
        package var parentPropagation: Int64
        /// The TTL of the parent's DS records if it is unknown.
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

    /// The keys that have a DS in the parent zone, as far as known.
    package enum ParentView: Hashable, Sendable {
        case unknown
        case none
        /// The parent has only DS records that no validator can use: all validators treat the zone as unsigned (RFC 4035 section 5.2).
        case unusable
        /// The tags of the keys whose correct DS all queried resolvers report, and of the others, which only some report. `foreign` has the
        /// algorithms of further DS records that a validator can use. The view is sure if at least one of the resolvers answers for what
        /// everybody sees; otherwise it moves no stage forward.
        case keys(Set<UInt16>, others: Set<UInt16> = [], foreign: Set<UInt8> = [], isSure: Bool = true, ttl: TTL)

        /// Whether two views are the same apart from the TTLs.
        package func isAlike(_ other: ParentView) -> Bool { withoutTTL == other.withoutTTL }

        private var withoutTTL: ParentView {
            guard case .keys(let present, let others, let foreign, let isSure, _) = self else { return self }
            return .keys(present, others: others, foreign: foreign, isSure: isSure, ttl: .left(0))
        }

        /// Whether no validator demands signatures, judging by the parent's present records.
        package var isInsecure: Bool { self == .none || self == .unusable }

        fileprivate var isSure: Bool {
            if case .keys(_, _, _, let isSure, _) = self { isSure } else { true }
        }

        /// A TTL in seconds.
        package enum TTL: Hashable, Sendable {
            /// The TTL that the parent has.
            case whole(UInt32)
            /// The rest of the TTL in a resolver's cache.
            case left(UInt32)
        }
    }

    /// Lets time pass, and goes on to the next stage when it is due.
    ///
    /// - Parameters:
    ///   - seconds: the time that the server has run since the last call.
    ///   - isResigned: whether all signatures made in advance are by the keys that sign data now.
    /// - Returns: whether the stage changed.
    package mutating func advance(
        by seconds: Int64, timing: Timing, parent: ParentView, isResigned: Bool
    ) -> Bool {
        if keys.contains(where: { $0.role == .zoneSigning }) { dataKeyAge += seconds }
        take(parent, by: seconds, timing)
        Self.take(Self.effective(UInt32(clamping: timing.zoneTTL)), to: &zoneTTL, &lowerZoneTTL, by: seconds)
        guard isResigned else { return false }
        waited += seconds
        // A view that is ready, but not sure, counts as unknown.
        let parent = isReady(parent) && !parent.isSure ? .unknown : parent
        switch stage {
        case .steady, .unsigned: return false
        case .entryKeyAwaitsParent, .algorithmAwaitsParent:
            // Without a DS for so long, there is no chain that could break.
            guard isReady(parent) || parent.isInsecure && isAbsentForLong(timing) else { return false }
        case .deletionRequested:
            guard parent.isInsecure else { return false }
        case .entryKeyRetires, .algorithmRetires:
            if parent != .unknown, !isReady(parent), !(parent.isInsecure && isAbsentForLong(timing)) {
                // The parent had what it should have, and no longer does.
                enter(stage == .entryKeyRetires ? .entryKeyAwaitsParent : .algorithmAwaitsParent)
                return true
            }
            guard waited >= wait(timing), !needsParentAgain(parent) else { return false }
        case .algorithmWithdrawn where isContrary(parent):
            // The parent has gone back to the old keys, which are needed again.
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

    /// Accepts the operator's word that the parent zone has what this stage waits for.
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

    /// Whether the parent has had no usable DS for so long that no resolver holds one.
    private func isAbsentForLong(_ timing: Timing) -> Bool { absence.map { $0 >= wait(forgetting: timing) } ?? false }

    /// Whether the stage relies on the parent's DS, which must be seen again at its end: a key goes then, and if the parent has gone back
    /// to that key's DS, or a resolver was mistaken, validators treat all responses as bogus.
    private var reliesOnParent: Bool {
        guard isConfirmed != true else { return false }
        return switch stage {
        case .deletionWaits, .entryKeyRetires, .algorithmRetires: true
        default: false
        }
    }

    private func needsParentAgain(_ parent: ParentView) -> Bool { reliesOnParent && parent == .unknown }

    /// Whether the parent has a DS of each key that should have one, and none of an algorithm that leaves: an algorithm with a DS must have
    /// its keys in the zone (RFC 4035 section 2.2, RFC 6840 section 5.11).
    package func isReady(_ parent: ParentView) -> Bool {
        guard case .keys(let present, let others, let foreign, _, _) = parent, present.isSuperset(of: uses.requested) else {
            return false
        }
        guard [.algorithmAwaitsParent, .algorithmRetires, .algorithmWithdrawn].contains(stage) else { return true }
        let leaving = keys.filter { !$0.isIncoming }
        return present.union(others).isDisjoint(with: leaving.map(\.tag))
            && foreign.isDisjoint(with: leaving.map(\.algorithm.rawValue))
    }

    /// Whether the parent has DS records, but not those that it should have.
    private func isContrary(_ parent: ParentView) -> Bool {
        guard case .keys = parent else { return false }
        return !isReady(parent)
    }

    /// Accounts for the parent's view. The rest of a TTL says little of the whole, so at least the assumed TTL counts.
    private mutating func take(_ parent: ParentView, by seconds: Int64, _ timing: Timing) {
        switch parent {
        // There may have been a DS in the meantime.
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

    /// The time until no resolver holds DS records that the parent no longer has.
    private func wait(forgetting timing: Timing) -> Int64 {
        Int64(Self.effective(parentTTL ?? timing.assumedParentTTL)) + timing.parentPropagation
    }

    /// The duration of a stage, in seconds; 0 if it waits for something else.
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
        /// Until this number of seconds has passed.
        case time(seconds: Int64)
        /// Until the parent zone has a DS of each of these keys.
        case parentHas([UInt16])
        /// Until the parent zone has no usable DS.
        case parentHasNone
        /// Until a resolver reports again what the parent zone has: the time has passed.
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
