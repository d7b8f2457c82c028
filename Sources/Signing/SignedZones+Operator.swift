import Authority
package import DNS
package import DNSSEC
package import DelegateAPI
package import Delegates
import Foundation
import Logging

/// What the operator sees and does.
extension SignedZones {
    /// All zones, in the order of their names.
    package func descriptions(now: Timestamp) -> [ZoneSigningDescription] {
        look { state in
            let left = earliestExpiration(in: state)
            return state.configured.all.map(\.apex).sorted { $0.description < $1.description }.map { apex in
                guard let zone = state.zones[apex] else { return .unsigned(apex) }
                return describe(zone, in: state, left: left, now: now)
            }
        }
    }

    /// - Parameter left: the number of seconds until the first signature expires.
    private func describe(_ zone: SignedZone, in state: State, left: Int64?, now: Timestamp) -> ZoneSigningDescription {
        let signer = zone.makeSigner()
        let waiting = zone.keys.waiting(timing(of: zone.apex, in: state))
        let nameservers = state.configured.zone(withApex: zone.apex)?.nameservers ?? []
        let elsewhere = nameservers.filter { state.configured.zone(containing: $0) == nil }
        let signals = elsewhere.flatMap { name in signer?.signalName(below: name).map { signer?.signals(at: $0) ?? [] } ?? [] }
        var until: String?
        if case .time(let seconds) = waiting { until = systemTime(in: seconds, now: now, state) }
        return ZoneSigningDescription(
            zone: zone.apex.withoutFinalDot, signed: signer != nil, stage: zone.keys.stage.rawValue, state: zone.sentence,
            waitsFor: zone.sentence(on: waiting, isResigned: state.isResigned).map { sentence in
                guard case .parentHas = waiting, let contrary = zone.contrary(to: zone.parent) else { return sentence }
                return "\(sentence). Now \(contrary)"
            }, until: until,
            keys: zone.keys.keys.map(zone.describe), ds: zone.requestedDS.map { "\(zone.apex) 3600 IN DS \($0)" },
            signals: signals.flatMap(\.records).map(\.description), parent: zone.parentState.rawValue,
            parentAsked: (zone.parent == .unknown ? zone.parentAsked : zone.parentTold).flatMap {
                systemTime(in: $0.secondsSinceEpoch - now.secondsSinceEpoch, now: now, state)
            },
            parentTrouble: zone.parentTrouble,
            expires: signer == nil
                ? nil : earliestExpiration(in: state).flatMap { left in systemTime(in: left, now: now, state) },
            trouble: zone.trouble)
    }

    /// The time that the system's clock will show after a number of seconds.
    private func systemTime(in seconds: Int64, now: Timestamp, _ state: State) -> String? {
        let time = now.secondsSinceEpoch + (state.systemTimeOffset ?? 0) + seconds
        return Date(timeIntervalSince1970: Double(time)).formatted(.iso8601)
    }

    /// Changes a zone's keys as an operator wants.
    ///
    /// - Throws: ``Refusal/noSuchZone(_:)`` or ``Refusal/keysNotChanged(_:)``.
    package func change(
        _ apex: DomainName, _ change: KeyChange, now: Timestamp
    ) throws(Refusal) -> ZoneSigningDescription {
        try self.change { state throws(Refusal) in
            guard state.configured.zone(withApex: apex) != nil else { throw .noSuchZone(apex.withoutFinalDot) }
            guard var zone = state.zones[apex], let folder = state.folder else {
                throw .keysNotChanged("\(apex) is not signed: “dnssec.mode” is off")
            }
            do {
                // Only what resolvers told in the last ten minutes contradicts the operator.
                let parent = parentHere(of: zone, in: state) ?? told(of: zone, within: .seconds(600), now: now)
                try make(change, of: &zone, folder, timing(of: apex, in: state), parent)
                try folder.keep(zone.keys, of: apex)
            } catch let refusal as ZoneKeys.Refusal {
                throw .keysNotChanged(refusal.sentence)
            } catch {
                throw .keysNotChanged("\(error)")
            }
            removeUnused(from: &zone, folder)
            zone.forgetParent()
            state.zones[apex] = zone
            log(zone, "keys")
            apply(to: &state, now: now)
            return describe(zone, in: state, left: earliestExpiration(in: state), now: now)
        }
    }

    private func make(
        _ change: KeyChange, of zone: inout SignedZone, _ folder: KeyFolder, _ timing: ZoneKeys.Timing,
        _ parent: ZoneKeys.ParentView
    ) throws {
        switch change {
        case .replaceAll(let algorithm):
            // A trial shows whether the change may begin before a key is made.
            var trial = zone.keys
            let roles = zone.keys.keys.map(\.role)
            try trial.replaceAll(by: [ZoneKeys.Key.trial(algorithm, .combined)])
            var new: [SigningKey] = []
            for role in roles { new.append(try makeKey(algorithm, role, of: &zone, folder)) }
            try zone.keys.replaceAll(by: zip(new, roles).map { ZoneKeys.Key($0, role: $1, isAdopted: !folder.makesKeys) })
        case .replace(let role):
            let role = role ?? zone.entryRole
            guard let algorithm = zone.algorithm(of: role) else { throw ZoneKeys.Refusal.noSuchKey(role) }
            var trial = zone.keys
            try trial.replace(by: ZoneKeys.Key.trial(algorithm, role))
            let new = try makeKey(algorithm, role, of: &zone, folder)
            try zone.keys.replace(by: ZoneKeys.Key(new, role: role, isAdopted: !folder.makesKeys))
        case .cancel: try zone.keys.cancel()
        case .confirm:
            if let contrary = zone.contrary(to: parent) { throw KeyFolder.Failure(contrary) }
            try zone.keys.confirmParent(timing: timing)
        }
    }

    /// Makes a key or, where none is made, takes one that was given and is not used yet.
    private func makeKey(
        _ algorithm: SigningAlgorithm, _ role: ZoneKeys.Role, of zone: inout SignedZone, _ folder: KeyFolder
    ) throws(KeyFolder.Failure) -> SigningKey {
        let tags = zone.keys.takenTags.union(zone.secrets.keys)
        var key: SigningKey?
        if !folder.makesKeys {
            key = try folder.unusedKeys(of: zone.apex, besides: tags).first {
                $0.algorithm == algorithm && $0.isSecureEntryPoint == (role != .zoneSigning)
            }
        }
        let made = if let key { key } else { try folder.makeKey(algorithm, role, of: zone.apex, besides: tags) }
        zone.secrets[made.tag] = made
        return made
    }
}

extension ZoneSigningDescription {
    fileprivate static func unsigned(_ apex: DomainName) -> ZoneSigningDescription {
        ZoneSigningDescription(
            zone: apex.withoutFinalDot, signed: false, stage: ZoneKeys.Stage.unsigned.rawValue, state: "not signed",
            waitsFor: nil, until: nil, keys: [], ds: [], signals: [], parent: ParentState.unknown.rawValue, parentAsked: nil,
            parentTrouble: nil, expires: nil, trouble: nil)
    }
}

extension RRset {
    fileprivate var records: [ResourceRecord] { data.map { ResourceRecord(owner: owner, ttl: ttl, data: $0) } }
}

extension SignedZone {
    fileprivate var entryRole: ZoneKeys.Role {
        keys.keys.contains { $0.role == .combined && !$0.isIncoming } ? .combined : .keySigning
    }

    fileprivate func describe(_ key: ZoneKeys.Key) -> SigningKeyDescription {
        let uses = keys.uses
        var parentHas: Bool?
        switch parent {
        case .unknown: break
        case .none, .unusable: parentHas = false
        // An outgoing DS is gone when no resolver sees it; an incoming DS is there when all do.
        case .keys(let tags, let others, _, _, _):
            parentHas = tags.contains(key.tag) || !uses.requested.contains(key.tag) && others.contains(key.tag)
        }
        return SigningKeyDescription(
            tag: key.tag, algorithm: key.algorithm.name,
            role: key.role.rawValue, published: uses.published.contains(key.tag), signsKeys: uses.entry.contains(key.tag),
            signsData: uses.data.contains(key.tag), parentShouldHave: uses.requested.contains(key.tag), parentHas: parentHas,
            adopted: key.isAdopted == true)
    }

    private func list(_ tags: [UInt16]) -> String { tags.map(String.init).joined(separator: " and ") }
    private var incoming: String { list(keys.keys.filter(\.isIncoming).map(\.tag)) }
    private var outgoing: String {
        let roles = Set(keys.keys.filter(\.isIncoming).map(\.role))
        return list(keys.keys.filter { !$0.isIncoming && roles.contains($0.role) }.map(\.tag))
    }

    /// The zone's stage in a sentence.
    fileprivate var sentence: String {
        switch keys.stage {
        case .steady: "signed"
        case .unsigned: "no longer signed"
        case .entryKeyIntroduced, .zoneKeyIntroduced, .algorithmIntroduced:
            "key \(incoming) replaces key \(outgoing): it is published, but not used yet"
        case .entryKeyAwaitsParent, .algorithmAwaitsParent:
            "key \(incoming) replaces key \(outgoing): both are known everywhere, the parent zone comes next"
        case .entryKeyRetires, .algorithmRetires:
            "key \(incoming) has replaced key \(outgoing), whose DS resolvers may still know"
        case .zoneKeyRetires:
            "key \(incoming) has replaced key \(outgoing), whose signatures resolvers may still have"
        case .algorithmSigns:
            "key \(incoming) of another algorithm replaces key \(outgoing): it signs, but is not published yet"
        case .algorithmWithdrawn:
            "key \(incoming) has replaced key \(outgoing), which signs until resolvers have forgotten it"
        case .deletionRequested: "signing will end: the zone asks its parent to remove the DS"
        case .deletionWaits: "signing ends when no resolver knows the DS any longer"
        }
    }

    fileprivate func sentence(on waiting: ZoneKeys.Waiting, isResigned: Bool) -> String? {
        let zone = apex.withoutFinalDot
        switch waiting {
        case .nothing: return nil
        case .time:
            let caches =
                switch keys.stage {
                case .entryKeyRetires, .algorithmRetires, .deletionWaits: "for resolvers to forget the parent’s old DS"
                case .entryKeyIntroduced, .zoneKeyIntroduced, .algorithmIntroduced: "for resolvers to know the new key"
                default: "for resolvers to forget what the old key has signed"
                }
            return caches + (isResigned ? "" : "; first for everything to be signed again")
        case .parentHas(let tags):
            return
                "for the parent zone to have the DS of key \(list(tags)) instead of the other: give it what “nuncio dnssec ds \(zone)” "
                + "prints. If no resolver can tell, say “nuncio dnssec rollover \(zone) --ds-published” when it has"
        case .parentHasNone:
            return
                "for the parent zone to have no DS, as all resolvers that can tell must say: have it removed. If no resolver can tell, "
                + "say “nuncio dnssec rollover \(zone) --ds-published” when it is gone"
        case .parentAgain:
            return
                "for a resolver to say once more what the parent zone has: a key that a DS still names must not go. If no resolver "
                + "can tell, say “nuncio dnssec rollover \(zone) --ds-published” when you have seen that the parent has what it should"
        }
    }

    /// What contradicts that the parent has what is waited for; `nil` if nothing does.
    fileprivate func contrary(to parent: ZoneKeys.ParentView) -> String? {
        switch keys.stage {
        case .deletionRequested, .deletionWaits:
            if case .keys = parent { return "the parent zone still has a DS, as a resolver says" }
            return nil
        case .entryKeyAwaitsParent, .entryKeyRetires, .algorithmAwaitsParent, .algorithmRetires:
            switch parent {
            case .unknown: return nil
            case .none: return "the parent zone has no DS at all, as resolvers say"
            case .unusable: return "the parent zone has only a DS that no validator can use, as resolvers say"
            case .keys where keys.isReady(parent): return nil
            case .keys(let tags, _, _, _, _):
                return tags.isSuperset(of: keys.uses.requested)
                    ? "the parent zone still has a DS of the algorithm that is to go, as a resolver says"
                    : "the parent zone has no DS of key \(list(keys.uses.requested)) yet, as a resolver says"
            }
        case .steady, .entryKeyIntroduced, .zoneKeyIntroduced, .zoneKeyRetires, .algorithmSigns, .algorithmIntroduced,
            .algorithmWithdrawn, .unsigned:
            return nil
        }
    }
}

extension ZoneKeys.Refusal {
    fileprivate var sentence: String {
        switch self {
        case .underWay(let stage): "a change is under way (\(stage.rawValue)): see “nuncio dnssec status”"
        case .nothingUnderWay: "no change is under way that could be cancelled or confirmed"
        case .notSigned: "the zone is no longer signed: see “dnssec.mode”"
        case .noSuchKey(let role): "the zone has no \(role.rawValue.uppercased())"
        case .sameAlgorithm: "the keys already have that algorithm"
        }
    }
}
