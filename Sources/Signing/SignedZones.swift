package import Authority
import DNS
package import DNSSEC
package import Delegates
import Foundation
package import Logging
import Synchronization

/// The zones with their keys and signatures, kept up to date as time goes and when keys change.
///
/// Only the folder of keys makes a caller wait, and no clock is read: the caller says what time it is. While the folder's disk hangs,
/// nothing changes, but everything can be read.
package final class SignedZones: Sendable {
    private let table: DelegateTable
    private let timing: ZoneKeys.Timing
    let logger: Logger
    /// Held only while the state is read or replaced.
    private let state: Mutex<State>
    /// Held during a change, even while the folder of keys is written.
    private let changing = Mutex<Void>(())

    struct State {
        var settings: SigningSettings
        /// Opened at its first use.
        var folder: KeyFolder?
        var configured: Zones
        var signed: Zones
        var zones: [DomainName: SignedZone] = [:]
        /// The pass over the delegates' signatures; `nil` if none is under way.
        var pass: Pass?
        var passCount = 0
        var nextPass: Timestamp?
        /// Whether a pass has finished since the keys changed.
        var isResigned = false
        /// The earliest expiry of a delegate's signature that the last pass has seen.
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
        /// The number of the pass since the start.
        var number: Int
    }

    /// How often all signatures of delegates are checked.
    private static let passPeriod = Duration.seconds(6 * 3600)
    /// How often the signatures of the zones' records are checked.
    private static let zonePeriod = Duration.seconds(60)
    /// Clocks drift apart by less than this, in seconds; a greater difference means that a clock was set.
    private static let clockStep: Int64 = 5
    /// How often the time that counts for a stage is stored, in seconds: a crash can prolong the stage by that much.
    private static let keepingPeriod: Int64 = 300
    /// How often the age of a ZSK is stored, in seconds.
    private static let agingPeriod: Int64 = 3600

    package init(table: DelegateTable, timing: ZoneKeys.Timing = ZoneKeys.Timing(), logger: Logger) {
        self.table = table
        self.timing = timing
        self.logger = logger
        state = Mutex(State(settings: .off, configured: Zones([]), signed: Zones([])))
    }

    /// Reads the current state.
    func look<Outcome>(_ body: (State) -> Outcome) -> Outcome {
        let state = state.withLock(\.self)
        return body(state)
    }

    /// Changes the state. An error from `body` leaves it as it was.
    func change<Outcome, Failure: Error>(
        _ body: (inout State) throws(Failure) -> Outcome
    ) throws(Failure) -> Outcome {
        try changing.withLock { _ throws(Failure) in
            var next = state.withLock(\.self)
            let outcome = try body(&next)
            let whole = next
            state.withLock { $0 = whole }
            return outcome
        }
    }

    // MARK: The zones

    /// All zones, as queries are to be answered from them.
    package var zones: Zones { look(\.signed) }

    /// Derives everything that depends on the keys: signers, signed zones, and the pass over the delegates.
    func apply(to state: inout State, now: Timestamp) {
        var signers: [DomainName: ZoneSigner] = [:]
        for (apex, zone) in state.zones {
            if let signer = zone.makeSigner() { signers[apex] = signer }
        }
        for zone in state.configured.all { table.setSigner(signers[zone.apex], below: zone.apex) }
        state.lastSystemTime = now.secondsSinceEpoch + (state.systemTimeOffset ?? 0)
        state.signed = state.configured.signed(by: signers, reusing: state.signed, at: state.lastTime)
        state.isResigned = false
        beginPass(in: &state)
        state.nextLookAtZones = now.advanced(by: Self.zonePeriod)
    }

    private func beginPass(in state: inout State) {
        state.passCount += 1
        state.pass = Pass(cursor: table.cursor, number: state.passCount)
    }

    // MARK: As time goes

    /// What a tick has changed.
    struct Outcome {
        /// Whether ``zones`` has changed.
        var zonesChanged = false
        /// Whether ``refreshSignatures(maximum:now:)`` has something to do.
        var isRefreshing = false
    }

    /// Does what is due. Call it about once a second.
    ///
    /// - Parameters:
    ///   - seconds: how long the server has run since the last call.
    ///   - now: the time by the clock that cannot be set.
    ///   - systemTime: the time by the system's clock.
    func tick(by seconds: Int64, now: Timestamp, systemTime: Timestamp) -> Outcome {
        return change { state in
            var outcome = Outcome()
            state.lastSystemTime = systemTime.secondsSinceEpoch
            let stepped = takeSystemTime(systemTime.secondsSinceEpoch - now.secondsSinceEpoch, in: &state)
            // A running pass has judged some signatures by the clock as it was.
            if stepped || state.pass == nil && state.nextPass.map({ now >= $0 }) == true { beginPass(in: &state) }
            if advance(by: seconds, in: &state, now: now) {
                apply(to: &state, now: now)
                outcome.zonesChanged = true
            } else if stepped || state.nextLookAtZones.map({ now >= $0 }) == true {
                outcome.zonesChanged = refreshZones(in: &state, now: now, all: stepped)
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

    /// - Returns: whether the use of keys has changed.
    private func advance(by seconds: Int64, in state: inout State, now: Timestamp) -> Bool {
        guard let folder = state.folder else { return false }
        var hasChanged = false
        for (apex, former) in state.zones {
            var zone = former
            let parent = parentHere(of: zone, in: state)
            if let parent {
                zone.parent = parent
                zone.parentTrouble = nil
            }
            var changed = zone.keys.advance(
                by: seconds, timing: timing(of: apex, in: state), parent: parent ?? told(of: zone, now: now),
                isResigned: state.isResigned)
            let hasOtherTTLs = (zone.keys.parentTTL, zone.keys.zoneTTL) != (former.keys.parentTTL, former.keys.zoneTTL)
            if !state.settings.isOn, zone.keys.requestDeletion() { changed = true }
            var made: SigningKey?
            do throws(KeyFolder.Failure) {
                made = try replaceAgedZoneKey(of: &zone, state.settings, folder)
                if made != nil { changed = true }
                try keep(&zone, changed: changed, in: folder)
                // Without it, a restart prolongs the wait, which does no harm.
                if hasOtherTTLs, !changed { try? folder.keep(zone.keys, of: zone.apex) }
            } catch {
                // A change that could not be stored does not hold: it is tried again, and nothing is lost meanwhile.
                if former.trouble != error {
                    logger.error("keys not changed", metadata: ["dns.zone": "\(apex)", "error": "\(error)"])
                }
                if let made { folder.remove(ZoneKeys.Key(made, role: .zoneSigning), of: apex) }
                state.zones[apex] = former
                state.zones[apex]?.trouble = error
                continue
            }
            zone.trouble = nil
            if changed {
                removeUnused(from: &zone, folder)
                // What was known before this stage is not what the stage waits for.
                zone.forgetParent()
                log(zone, "keys")
                hasChanged = true
            }
            state.zones[apex] = zone
        }
        return hasChanged
    }

    /// Stores what has changed, and now and then how long the stage has waited.
    private func keep(_ zone: inout SignedZone, changed: Bool, in folder: KeyFolder) throws(KeyFolder.Failure) {
        let isCounting = zone.keys.stage != .steady && zone.keys.waited - zone.keptWaiting >= Self.keepingPeriod
        let isAging = zone.keys.dataKeyAge - zone.keptAge >= Self.agingPeriod
        guard changed || isCounting || isAging else { return }
        try folder.keep(zone.keys, of: zone.apex)
        zone.keptWaiting = zone.keys.waited
        zone.keptAge = zone.keys.dataKeyAge
    }

    /// - Returns: the new key; `nil` if it is not time for one.
    private func replaceAgedZoneKey(
        of zone: inout SignedZone, _ settings: SigningSettings, _ folder: KeyFolder
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
    func removeUnused(from zone: inout SignedZone, _ folder: KeyFolder) {
        let used = Set(zone.keys.keys.map(\.tag))
        for (tag, secret) in zone.secrets where !used.contains(tag) {
            folder.remove(ZoneKeys.Key(secret, role: .combined), of: zone.apex)
            zone.secrets[tag] = nil
        }
    }

    /// What the parent zone has, if it is one of these zones; otherwise `nil`.
    func parentHere(of zone: SignedZone, in state: State) -> ZoneKeys.ParentView? {
        guard let apex = state.configured.parent(of: zone.apex)?.apex, let parent = state.signed.zone(withApex: apex)
        else { return nil }
        let ds = parent.rrset(at: zone.apex, type: .ds)
        return zone.parentView(of: ds?.data ?? [], ttl: .whole(ds?.ttl ?? parent.negativeTTL))
    }

    func timing(of apex: DomainName, in state: State) -> ZoneKeys.Timing {
        var timing = timing
        timing.zoneTTL = max(timing.zoneTTL, Int64(state.configured.zone(withApex: apex)?.highestTTL ?? 0))
        return timing
    }

    /// - Parameter all: whether every zone is checked, as after the clock was set.
    /// - Returns: whether something was signed again.
    private func refreshZones(in state: inout State, now: Timestamp, all: Bool) -> Bool {
        state.nextLookAtZones = now.advanced(by: Self.zonePeriod)
        let time = table.systemTime(at: now)
        guard all || state.signed.all.contains(where: { $0.hasDueSignatures(at: time) }) else { return false }
        var signers: [DomainName: ZoneSigner] = [:]
        for zone in state.signed.all { signers[zone.apex] = zone.signer }
        state.signed = state.configured.signed(by: signers, reusing: state.signed, at: time)
        logger.info("zones signed anew")
        return true
    }

    /// The number of seconds until the first of the signatures that are made ahead expires; `nil` if there are none. Those of delegates
    /// count from the end of the first pass on.
    func earliestExpiration(in state: State) -> Int64? {
        let zones = state.signed.all.compactMap(\.earliestExpiration)
        let time = state.lastTime
        return (zones + [state.earliestExpiration].compactMap(\.self)).map { Int64(Int32(bitPattern: $0 &- time)) }.min()
    }

    /// Renews the signatures of delegates' answers, as far as they are due.
    ///
    /// - Parameter maximum: the maximum number of delegates to check.
    /// - Returns: whether there are more.
    func refreshSignatures(maximum: Int, now: Timestamp) -> Bool {
        guard var pass = look({ $0.pass }) else { return false }
        let outcome = table.refreshSignatures(&pass.cursor, maximum: maximum, now: now)
        pass.signed += outcome.signed
        pass.earliestExpiration = [pass.earliestExpiration, outcome.earliestExpiration].compactMap(\.self)
            .min { Int32(bitPattern: $0 &- $1) < 0 }
        return change { state in
            // The keys or the clock may have changed meanwhile, and another pass has begun.
            guard state.pass?.number == pass.number else { return state.pass != nil }
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
