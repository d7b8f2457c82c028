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
            if let shared { try open(shared, in: &state) }
            var changed: [(former: ZoneKeys, zone: SignedZone)] = []
            for zone in zones.all {
                guard var adopted = try adopt(zone.apex, in: &state, known: known[zone.apex], beginsZones: beginsZones)
                else { continue }
                let former = adopted.keys
                // Servers that share keys agree on this first: a tick proposes it.
                if shared == nil, state.settings.isOn ? adopted.keys.resume() : adopted.keys.requestDeletion() {
                    adopted.forgetParent()
                    changed.append((former, adopted))
                }
                state.zones[zone.apex] = adopted
            }
            for (former, zone) in changed {
                try state.folder?.keep(zone.keys, of: zone.apex, after: former)
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
        if let shared { return try adopt(apex, shared, in: &state, known: known, beginsZones: beginsZones) }
        if !settings.isOn || !beginsZones, !FileManager.default.fileExists(atPath: settings.keyFolder) { return known }
        let folder: any KeyStore
        if let open = state.folder {
            folder = open
        } else {
            folder = try settings.openKeyFolder(to: .use)
            state.folder = folder
        }
        if let known { return known }
        if let kept = try SignedZone.read(apex, from: folder) { return kept }
        guard settings.isOn && beginsZones else { return nil }
        return try begin(apex, settings, folder)
    }

    /// Opens what several servers share, and this server's own files beside it.
    private func open(_ shared: SharedKeys, in state: inout State) throws(KeyFolder.Failure) {
        // Without signing, files that cannot be used are no trouble, unless keys that are there need them.
        if state.settings.isOn || !shared.known.isEmpty { shared.use(try state.settings.filesBesideShared()) }
        state.folder = shared
    }

    /// Adopts a zone whose keys several servers share. Its first keys are a proposal: the zone has them when all have agreed.
    func adopt(
        _ apex: DomainName, _ shared: SharedKeys, in state: inout State, known: SignedZone?, beginsZones: Bool
    ) throws(KeyFolder.Failure) -> SignedZone? {
        let settings = state.settings
        if let known { return known }
        if let kept = try SignedZone.read(apex, from: shared) {
            retireFiles(of: apex, shared)
            return kept
        }
        guard settings.isOn && beginsZones, !shared.isAgreeing(on: apex) else { return nil }
        if try shared.proposeFiles(of: apex) { return nil }
        do {
            return try begin(apex, settings, shared)
        } catch .agreeing {
            return nil
        } catch {
            throw error
        }
    }

    /// Gives a zone its first keys: those that were put in the folder, or new ones.
    private func begin(
        _ apex: DomainName, _ settings: SigningSettings, _ folder: any KeyStore
    ) throws(KeyFolder.Failure) -> SignedZone {
        let found = try folder.unusedKeys(of: apex, besides: [])
        var made: [SigningKey] = []
        do {
            return try begin(apex, with: found, making: &made, settings, folder)
        } catch {
            // A later start would take them for keys that were put there.
            if error.leavesFormerState { for key in made { folder.remove(key, of: apex) } }
            throw error
        }
    }

    /// Gives a zone its first keys.
    ///
    /// - Parameters:
    ///   - found: the keys that were put in the folder.
    ///   - made: gets the keys that are made besides, even if this fails.
    private func begin(
        _ apex: DomainName, with found: [SigningKey], making made: inout [SigningKey], _ settings: SigningSettings,
        _ folder: any KeyStore
    ) throws(KeyFolder.Failure) -> SignedZone {
        if found.isEmpty {
            let role = settings.hasSplitKeys ? ZoneKeys.Role.keySigning : .combined
            made.append(try folder.makeKey(settings.algorithm, role, of: apex, besides: []))
        }
        if let entry = (found + made).first, found.count + made.count == 1, settings.hasSplitKeys, folder.makesKeys,
            entry.isSecureEntryPoint
        {
            made.append(try folder.makeKey(entry.algorithm, .zoneSigning, of: apex, besides: [entry.tag]))
        }
        let secrets = found + made
        let foundTags = found.map(\.tag)
        let entries = secrets.filter(\.isSecureEntryPoint)
        let others = secrets.filter { !$0.isSecureEntryPoint }
        guard let entry = entries.first, entries.count == 1, others.count <= 1, Set(secrets.map(\.algorithm)).count == 1 else {
            throw .ambiguousKeys(count: secrets.count, apex: apex)
        }
        var keys = [
            ZoneKeys.Key(entry, role: others.isEmpty ? .combined : .keySigning, isAdopted: foundTags.contains(entry.tag))
        ]
        keys += others.map { ZoneKeys.Key($0, role: .zoneSigning, isAdopted: foundTags.contains($0.tag)) }
        var zone = SignedZone(apex: apex, keys: ZoneKeys(keys: keys))
        for key in secrets { zone.secrets[key.tag] = key }
        try folder.keep(zone.keys, of: apex, after: nil)
        let ds = entry.ds(apex: apex)
        if !found.isEmpty { report(.keysAdopted(apex: apex, tags: foundTags, ds: ds)) }
        if !made.isEmpty { report(.keysMade(apex: apex, tags: made.map(\.tag), ds: ds)) }
        return zone
    }

    /// Whether some zones are to be signed and have no keys yet.
    package var lacksKeys: Bool {
        look { state in state.settings.isOn && state.configured.all.contains { state.zones[$0.apex] == nil } }
    }
}
