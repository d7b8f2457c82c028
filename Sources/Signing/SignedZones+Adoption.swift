package import Authority
import DNS
import DNSSEC
package import Delegates
import Foundation

/// Taking up zones and settings.
extension SignedZones {
    /// Takes up zones, with the keys that they have, or new ones.
    ///
    /// - Parameter beginsZones: whether zones without a state get their first keys. Without that, neither the folder nor a key is made.
    package func adopt(
        _ zones: Zones, _ settings: SigningSettings, beginsZones: Bool = true, now: Timestamp
    ) throws(KeyFolder.Failure) {
        try change { state throws(KeyFolder.Failure) in
            let known = state.zones
            state.settings = settings
            state.configured = zones
            state.zones = [:]
            var changed: [SignedZone] = []
            for zone in zones.all {
                guard var adopted = try adopt(zone.apex, in: &state, known: known[zone.apex], beginsZones: beginsZones)
                else { continue }
                if state.settings.isOn ? adopted.keys.resume() : adopted.keys.requestDeletion() {
                    adopted.forgetParent()
                    changed.append(adopted)
                }
                state.zones[zone.apex] = adopted
            }
            for zone in changed {
                try state.folder?.keep(zone.keys, of: zone.apex)
                let keys = SigningEvent.Keys(zone)
                report(settings.isOn ? .signingResumed(keys) : .signingEnds(keys))
            }
            apply(to: &state, now: now)
        }
    }

    /// - Returns: `nil` if the zone is not signed and never was.
    private func adopt(
        _ apex: DomainName, in state: inout State, known: SignedZone?, beginsZones: Bool
    ) throws(KeyFolder.Failure) -> SignedZone? {
        let settings = state.settings
        if !settings.isOn || !beginsZones, !FileManager.default.fileExists(atPath: settings.keyFolder) { return known }
        let folder: KeyFolder
        if let open = state.folder {
            folder = open
        } else {
            folder = try settings.openKeyFolder(to: .use)
            state.folder = folder
        }
        if let known { return known }
        if let kept = try SignedZone.read(apex, from: folder) { return kept }
        return settings.isOn && beginsZones ? try begin(apex, settings, folder) : nil
    }

    /// Gives a zone its first keys.
    private func begin(
        _ apex: DomainName, _ settings: SigningSettings, _ folder: KeyFolder
    ) throws(KeyFolder.Failure) -> SignedZone {
        var secrets = try folder.unusedKeys(of: apex, besides: [])
        let found = Set(secrets.map(\.tag))
        if secrets.isEmpty {
            let role = settings.hasSplitKeys ? ZoneKeys.Role.keySigning : .combined
            secrets = [try folder.makeKey(settings.algorithm, role, of: apex, besides: [])]
        }
        if settings.hasSplitKeys, folder.makesKeys, secrets.count == 1, secrets[0].isSecureEntryPoint {
            secrets.append(try folder.makeKey(secrets[0].algorithm, .zoneSigning, of: apex, besides: [secrets[0].tag]))
        }
        let entries = secrets.filter(\.isSecureEntryPoint)
        let others = secrets.filter { !$0.isSecureEntryPoint }
        guard let entry = entries.first, entries.count == 1, others.count <= 1, Set(secrets.map(\.algorithm)).count == 1 else {
            throw .ambiguousKeys(count: secrets.count, apex: apex)
        }
        var keys = [
            ZoneKeys.Key(entry, role: others.isEmpty ? .combined : .keySigning, isAdopted: found.contains(entry.tag))
        ]
        keys += others.map { ZoneKeys.Key($0, role: .zoneSigning, isAdopted: found.contains($0.tag)) }
        var zone = SignedZone(apex: apex, keys: ZoneKeys(keys: keys))
        for key in secrets { zone.secrets[key.tag] = key }
        try folder.keep(zone.keys, of: apex)
        let made = secrets.map(\.tag).filter { !found.contains($0) }
        let adopted = secrets.map(\.tag).filter { found.contains($0) }
        let ds = entry.ds(apex: apex)
        if !adopted.isEmpty { report(.keysAdopted(apex: apex, tags: adopted, ds: ds)) }
        if !made.isEmpty { report(.keysMade(apex: apex, tags: made, ds: ds)) }
        return zone
    }

    /// Whether some zones are to be signed and have no keys yet.
    package var lacksKeys: Bool {
        look { state in state.settings.isOn && state.configured.all.contains { state.zones[$0.apex] == nil } }
    }
}
