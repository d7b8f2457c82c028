import Authority
import DNS
import DNSSEC
import Delegates

/// The stages of the zones' keys.
extension SignedZones {
    /// How often the time that counts for a stage is stored, in seconds: a crash can prolong the stage by that much.
    private static let keepingPeriod: Int64 = 300
    /// How often the age of a ZSK is stored, in seconds.
    private static let agingPeriod: Int64 = 3600

    /// - Returns: whether the use of keys has changed.
    func advance(by seconds: Int64, in state: inout State, now: Timestamp) -> Bool {
        guard let folder = state.folder else { return false }
        let isLeading = leads()
        var hasChanged = false
        for (apex, former) in state.zones {
            var zone = former
            let parent = parentHere(of: zone, in: state)
            if let parent {
                zone.parent = parent
                zone.parentTrouble = nil
            }
            guard isLeading, shared?.isAgreeing(on: apex) != true else {
                state.zones[apex] = zone
                continue
            }
            var changed = zone.keys.advance(
                by: seconds, timing: timing(of: apex, in: state), parent: parent ?? told(of: zone, now: now),
                isResigned: state.isResigned)
            let hasOtherTTLs = (zone.keys.parentTTL, zone.keys.zoneTTL) != (former.keys.parentTTL, former.keys.zoneTTL)
            if state.settings.isOn ? zone.keys.resume() : zone.keys.requestDeletion() { changed = true }
            var made: SigningKey?
            do throws(KeyFolder.Failure) {
                made = try replaceAgedZoneKey(of: &zone, state.settings, folder)
                if made != nil { changed = true }
                try keep(&zone, after: former.keys, changed: changed, in: folder)
                // Without it, a restart prolongs the wait, which does no harm.
                if hasOtherTTLs, !changed { try? folder.keep(zone.keys, of: apex, after: former.keys) }
            } catch .agreeing {
                // Until all servers have it, the zone is as before.
                state.zones[apex] = former
                continue
            } catch {
                // A change that could not be stored does not hold: it is tried again, and nothing is lost meanwhile.
                if former.trouble != error { report(.keysNotStored(apex: apex, error)) }
                if let made, error.leavesFormerState { folder.remove(made, of: apex) }
                state.zones[apex] = former
                state.zones[apex]?.trouble = error
                continue
            }
            zone.trouble = nil
            if changed {
                removeUnused(from: &zone, folder)
                // What was known before this stage is not what the stage waits for.
                zone.forgetParent()
                report(.stageChanged(SigningEvent.Keys(zone)))
                hasChanged = true
            }
            state.zones[apex] = zone
        }
        return hasChanged
    }

    /// Stores what has changed, and now and then how long the stage has waited.
    private func keep(
        _ zone: inout SignedZone, after former: ZoneKeys, changed: Bool, in folder: any KeyStore
    ) throws(KeyFolder.Failure) {
        let isCounting = zone.keys.stage != .steady && zone.keys.waited - zone.keptWaiting >= Self.keepingPeriod
        let isAging = zone.keys.dataKeyAge - zone.keptAge >= Self.agingPeriod
        guard changed || isCounting || isAging else { return }
        try folder.keep(zone.keys, of: zone.apex, after: former)
        zone.keptWaiting = zone.keys.waited
        zone.keptAge = zone.keys.dataKeyAge
    }

    /// - Returns: the new key; `nil` if it is not time for one.
    private func replaceAgedZoneKey(
        of zone: inout SignedZone, _ settings: SigningSettings, _ folder: any KeyStore
    ) throws(KeyFolder.Failure) -> SigningKey? {
        guard let lifetime = settings.zoneKeyLifetime, folder.makesKeys, zone.keys.stage == .steady,
            zone.keys.dataKeyAge >= lifetime.components.seconds,
            let algorithm = zone.keys.algorithm(of: .zoneSigning)
        else { return nil }
        let key = try folder.makeKey(algorithm, .zoneSigning, of: zone.apex, besides: zone.keys.takenTags)
        guard (try? zone.keys.replace(by: ZoneKeys.Key(key, role: .zoneSigning))) != nil else { return nil }
        zone.secrets[key.tag] = key
        return key
    }

    /// Deletes keys that have no use any more.
    func removeUnused(from zone: inout SignedZone, _ folder: any KeyStore) {
        let used = Set(zone.keys.keys.map(\.tag))
        for (tag, secret) in zone.secrets where !used.contains(tag) {
            folder.remove(secret, of: zone.apex)
            zone.secrets[tag] = nil
        }
    }

    func timing(of apex: DomainName, in state: State) -> ZoneKeys.Timing {
        var timing = timing
        timing.zoneTTL = max(timing.zoneTTL, Int64(state.configured.zone(withApex: apex)?.highestTTL ?? 0))
        return timing
    }
}
