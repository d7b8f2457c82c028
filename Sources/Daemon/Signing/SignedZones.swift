import Authority
import DNS
import DNSSEC
import Delegates
import Foundation
import Logging
import Synchronization

/// The zones with their keys and signatures: brought up to date as time goes, and when keys change.
///
/// Nothing here waits but for the folder of keys, and no clock is read: who calls says what time it is.
final class SignedZones: Sendable {
    private let table: DelegateTable
    private let timing: ZoneKeys.Timing
    let logger: Logger
    private let state: Mutex<State>

    struct State {
        var settings: Configuration.Signing
        /// Opened when it is needed first.
        var folder: KeyFolder?
        var configured: Zones
        var signed: Zones
        var zones: [DomainName: SignedZone] = [:]
        /// How far delegates' signatures were looked at; nothing if they are not being looked at.
        var pass: Pass?
        var nextPass: Timestamp?
        /// Whether a pass has come to its end since the keys changed.
        var isResigned = false
        /// The first end of a delegate's signature that the last pass has seen.
        var earliestExpiration: UInt32?
        var systemTimeOffset: Int64?
        var nextLookAtZones: Timestamp?
        /// The system's time at the last tick, in seconds since 1970.
        var lastSystemTime: Int64 = 0
        var lastTime: UInt32 { UInt32(truncatingIfNeeded: lastSystemTime) }
    }

    struct Pass {
        var cursor: DelegateTable.Cursor
        var signed = 0
        var earliestExpiration: UInt32?
        var began: Timestamp
    }

    /// Delegates' signatures are all looked at so often.
    private static let passPeriod = Duration.seconds(6 * 3600)
    /// Those of the zones' records.
    private static let zonePeriod = Duration.seconds(60)
    /// Clocks go differently by less than this; more is a clock that was set.
    private static let clockStep: Int64 = 5
    /// What counts of a stage is kept so often, in seconds: so much more of it must be waited for after a crash.
    private static let keepingPeriod: Int64 = 300

    init(table: DelegateTable, timing: ZoneKeys.Timing = ZoneKeys.Timing(), logger: Logger) {
        self.table = table
        self.timing = timing
        self.logger = logger
        state = Mutex(State(settings: .off, configured: Zones([]), signed: Zones([])))
    }

    func withState<Outcome, Failure: Error>(_ body: (inout State) throws(Failure) -> Outcome) throws(Failure) -> Outcome {
        try state.withLock { state throws(Failure) in try body(&state) }
    }

    // MARK: The zones

    /// All zones, as they are to be answered from.
    var zones: Zones { state.withLock(\.signed) }

    /// Takes up the zones of a configuration: with the keys that they have, or new ones.
    func adopt(_ configuration: Configuration, now: Timestamp) throws(KeyFolder.Failure) {
        try state.withLock { state throws(KeyFolder.Failure) in
            var next = state
            next.settings = configuration.signing
            next.configured = configuration.zones
            next.zones = [:]
            for zone in configuration.zones.all {
                if let adopted = try adopt(zone.apex, in: &next, known: state.zones[zone.apex]) {
                    next.zones[zone.apex] = adopted
                }
            }
            state = next
            apply(to: &state, now: now)
        }
    }

    /// - Returns: nothing if the zone is not signed and never was.
    private func adopt(
        _ apex: DomainName, in state: inout State, known: SignedZone?
    ) throws(KeyFolder.Failure) -> SignedZone? {
        let settings = state.settings
        if !settings.isOn, !FileManager.default.fileExists(atPath: settings.keyFolder) { return known }
        let folder: KeyFolder
        if let open = state.folder {
            folder = open
        } else {
            folder = try KeyFolder(path: settings.keyFolder, secretsPath: settings.credentialsPath)
            state.folder = folder
        }
        var zone: SignedZone
        if let known {
            zone = known
        } else if let kept = try SignedZone.read(apex, from: folder) {
            zone = kept
        } else if settings.isOn {
            zone = try begin(apex, settings, folder)
        } else {
            return nil
        }
        let changed = settings.isOn ? zone.keys.resume() : zone.keys.requestDeletion()
        if changed {
            try folder.keep(zone.keys, of: apex)
            log(zone, "signing \(settings.isOn ? "goes on" : "is to end")")
        }
        return zone
    }

    /// The first keys of a zone.
    private func begin(
        _ apex: DomainName, _ settings: Configuration.Signing, _ folder: KeyFolder
    ) throws(KeyFolder.Failure) -> SignedZone {
        var secrets = try folder.unusedKeys(of: apex, besides: [])
        if secrets.isEmpty {
            var tags: Set<UInt16> = []
            for role in settings.hasSplitKeys ? [ZoneKeys.Role.keySigning, .zoneSigning] : [.combined] {
                let key = try folder.makeKey(settings.algorithm, role, of: apex, besides: tags)
                tags.insert(key.tag)
                secrets.append(key)
            }
        }
        let entries = secrets.filter(\.isSecureEntryPoint)
        let others = secrets.filter { !$0.isSecureEntryPoint }
        guard let entry = entries.first, entries.count == 1, others.count <= 1, Set(secrets.map(\.algorithm)).count == 1 else {
            throw KeyFolder.Failure(
                "there are \(secrets.count) keys of \(apex), and nothing says how they are used: leave one key with the SEP flag, or "
                    + "that and one without it, of one algorithm")
        }
        var keys = [ZoneKeys.Key(entry, role: others.isEmpty ? .combined : .keySigning)]
        keys += others.map { ZoneKeys.Key($0, role: .zoneSigning) }
        var zone = SignedZone(apex: apex, keys: ZoneKeys(keys: keys))
        for key in secrets { zone.secrets[key.tag] = key }
        try folder.keep(zone.keys, of: apex)
        logger.notice(
            "keys made",
            metadata: [
                "dns.zone": "\(apex)", "dnssec.key_tags": "\(secrets.map { String($0.tag) }.joined(separator: " "))",
                "dnssec.ds": "\(entry.ds(apex: apex))",
            ])
        return zone
    }

    /// Makes what follows from the keys: signers, the signed zones, and the pass over the delegates.
    func apply(to state: inout State, now: Timestamp) {
        var signers: [DomainName: ZoneSigner] = [:]
        for (apex, zone) in state.zones {
            if let signer = zone.makeSigner() { signers[apex] = signer }
        }
        for zone in state.configured.all { table.setSigner(signers[zone.apex], below: zone.apex) }
        state.lastSystemTime = now.secondsSinceEpoch + (state.systemTimeOffset ?? 0)
        state.signed = state.configured.signed(by: signers, reusing: state.signed, at: state.lastTime)
        state.isResigned = false
        state.pass = Pass(cursor: table.cursor, began: now)
        state.nextLookAtZones = now.advanced(by: Self.zonePeriod)
    }

    // MARK: As time goes

    /// What a tick has changed.
    struct Outcome {
        /// ``zones`` are others.
        var zonesChanged = false
        /// ``refreshSignatures(maximum:now:)`` has something to do.
        var isRefreshing = false
    }

    /// Does what is due. To be called about once a second.
    ///
    /// - Parameters:
    ///   - seconds: for how long the server has run since the last call.
    ///   - now: by the clock that cannot be set.
    ///   - systemTime: by the system's.
    func tick(by seconds: Int64, now: Timestamp, systemTime: Timestamp) -> Outcome {
        table.dropAgedValues(now: now)
        return state.withLock { state in
            var outcome = Outcome()
            state.lastSystemTime = systemTime.secondsSinceEpoch
            let stepped = takeSystemTime(systemTime.secondsSinceEpoch - now.secondsSinceEpoch, in: &state)
            if stepped || state.nextPass.map({ now >= $0 }) == true, state.pass == nil {
                state.pass = Pass(cursor: table.cursor, began: now)
            }
            if advance(by: seconds, in: &state) {
                apply(to: &state, now: now)
                outcome.zonesChanged = true
            } else if stepped || state.nextLookAtZones.map({ now >= $0 }) == true {
                outcome.zonesChanged = refreshZones(in: &state, now: now)
            }
            outcome.isRefreshing = state.pass != nil
            return outcome
        }
    }

    /// - Returns: whether the system's clock was set.
    private func takeSystemTime(_ offset: Int64, in state: inout State) -> Bool {
        let difference = offset - (state.systemTimeOffset ?? 0)
        state.systemTimeOffset = offset
        table.setSystemTimeOffset(offset)
        guard abs(difference) >= Self.clockStep else { return false }
        logger.warning("system clock was set: signatures are checked", metadata: ["clock.seconds": "\(difference)"])
        return true
    }

    /// - Returns: whether keys are used otherwise from now on.
    private func advance(by seconds: Int64, in state: inout State) -> Bool {
        guard let folder = state.folder else { return false }
        var hasChanged = false
        for (apex, zone) in state.zones {
            var zone = zone
            zone.parent = parentHere(of: apex, in: state) ?? zone.parent
            let former = zone.keys
            var changed = zone.keys.advance(
                by: seconds, timing: timing(of: apex, in: state), parent: zone.parent, isResigned: state.isResigned)
            if !state.settings.isOn, zone.keys.requestDeletion() { changed = true }
            do throws(KeyFolder.Failure) {
                if try replaceAgedZoneKey(of: &zone, state.settings, folder) { changed = true }
                let isCounting = zone.keys.stage != .steady && zone.keys.waited - zone.keptWaiting >= Self.keepingPeriod
                let isAging = zone.keys.dataKeyAge - zone.keptAge >= 3600
                if changed || isCounting || isAging {
                    try folder.keep(zone.keys, of: apex)
                    zone.keptWaiting = zone.keys.waited
                    zone.keptAge = zone.keys.dataKeyAge
                }
            } catch {
                // What could not be kept does not hold: it is tried again, and nothing is lost meanwhile.
                if zone.trouble != error.description {
                    logger.error("keys not changed", metadata: ["dns.zone": "\(apex)", "error": "\(error)"])
                }
                zone.keys = former
                zone.trouble = error.description
                state.zones[apex] = zone
                continue
            }
            zone.trouble = nil
            if changed {
                removeUnused(from: &zone, folder)
                log(zone, "keys")
                hasChanged = true
            }
            state.zones[apex] = zone
        }
        return hasChanged
    }

    private func replaceAgedZoneKey(
        of zone: inout SignedZone, _ settings: Configuration.Signing, _ folder: KeyFolder
    ) throws(KeyFolder.Failure) -> Bool {
        guard let lifetime = settings.zoneKeyLifetime, folder.makesKeys, zone.keys.stage == .steady,
            zone.keys.dataKeyAge >= lifetime.components.seconds,
            let algorithm = zone.algorithm(of: .zoneSigning)
        else { return false }
        let key = try folder.makeKey(algorithm, .zoneSigning, of: zone.apex, besides: Set(zone.secrets.keys))
        zone.secrets[key.tag] = key
        do {
            try zone.keys.replace(by: ZoneKeys.Key(key, role: .zoneSigning))
            return true
        } catch {
            return false
        }
    }

    /// Keys that are of no use any more are deleted.
    private func removeUnused(from zone: inout SignedZone, _ folder: KeyFolder) {
        let used = Set(zone.keys.keys.map(\.tag))
        for (tag, secret) in zone.secrets where !used.contains(tag) {
            folder.remove(ZoneKeys.Key(secret, role: .combined), of: zone.apex)
            zone.secrets[tag] = nil
        }
    }

    /// What the parent zone has, if it is one of these zones: its DS records are made here.
    private func parentHere(of apex: DomainName, in state: State) -> ZoneKeys.ParentView? {
        guard let parent = apex.parent.flatMap(state.signed.zone(containing:)), parent.signer != nil else { return nil }
        let requested = state.signed.all.first { $0.apex == apex }?.signer.map(\.parentRequest)
        switch requested {
        case .delegationSigners(let keys): return .keys(Set(keys.map(\.tag)), ttl: parent.negativeTTL)
        case .deletion, nil: return ZoneKeys.ParentView.none
        }
    }

    func timing(of apex: DomainName, in state: State) -> ZoneKeys.Timing {
        var timing = timing
        let highest = state.configured.all.first { $0.apex == apex }?.highestTTL ?? 0
        timing.zoneTTL = max(timing.zoneTTL, Int64(highest))
        return timing
    }

    /// - Returns: whether something was signed anew.
    private func refreshZones(in state: inout State, now: Timestamp) -> Bool {
        state.nextLookAtZones = now.advanced(by: Self.zonePeriod)
        let time = table.systemTime(at: now)
        guard state.signed.all.contains(where: { $0.hasDueSignatures(at: time) }) else { return false }
        var signers: [DomainName: ZoneSigner] = [:]
        for zone in state.signed.all { signers[zone.apex] = zone.signer }
        state.signed = state.configured.signed(by: signers, reusing: state.signed, at: time)
        logger.info("zones signed anew")
        return true
    }

    /// Seconds until the first of the signatures ends that are made ahead; nothing if there are none, or not all have been looked at yet.
    func earliestExpiration(in state: State) -> Int64? {
        let zones = state.signed.all.compactMap(\.earliestExpiration)
        let time = state.lastTime
        return (zones + [state.earliestExpiration].compactMap(\.self)).map { Int64(Int32(bitPattern: $0 &- time)) }.min()
    }

    /// Signs anew what delegates answer, as far as that is due.
    ///
    /// - Parameter maximum: of delegates that are looked at.
    /// - Returns: whether there are more.
    func refreshSignatures(maximum: Int, now: Timestamp) -> Bool {
        guard var pass = state.withLock(\.pass) else { return false }
        let outcome = table.refreshSignatures(&pass.cursor, maximum: maximum, now: now)
        pass.signed += outcome.signed
        pass.earliestExpiration = [pass.earliestExpiration, outcome.earliestExpiration].compactMap(\.self)
            .min { Int32(bitPattern: $0 &- $1) < 0 }
        return state.withLock { state in
            // The keys may have changed meanwhile: then it begins again.
            guard state.pass?.began == pass.began else { return state.pass != nil }
            guard outcome.isAtEnd else {
                state.pass = pass
                return true
            }
            state.pass = nil
            state.isResigned = true
            state.earliestExpiration = pass.earliestExpiration
            state.nextPass = now.advanced(by: Self.passPeriod)
            if pass.signed > 0 {
                logger.info("delegates signed anew", metadata: ["dnssec.rrsets": "\(pass.signed)"])
            }
            return false
        }
    }

    func log(_ zone: SignedZone, _ what: String) {
        logger.notice(
            "\(what)",
            metadata: [
                "dns.zone": "\(zone.apex)", "dnssec.stage": "\(zone.keys.stage.rawValue)",
                "dnssec.key_tags": "\(zone.keys.keys.map { String($0.tag) }.joined(separator: " "))",
            ])
    }
}
