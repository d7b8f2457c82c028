import Authority
import DNS
import DNSSEC
import Delegates

/// The signatures that are made ahead: those of the zones, and those of the delegates.
extension SignedZones {
    /// How often all signatures of delegates are checked.
    private static let passPeriod = Duration.seconds(6 * 3600)
    /// How often the signatures of the zones' records are checked.
    private static let zonePeriod = Duration.seconds(60)

    struct Pass {
        var cursor: DelegateTable.Cursor
        var signed = 0
        var earliestExpiration: UInt32?
        /// The number of the pass since the start.
        var number: Int
    }

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

    func beginPass(in state: inout State) {
        state.passCount += 1
        state.pass = Pass(cursor: table.cursor, number: state.passCount)
    }

    /// - Parameter all: whether every zone is checked, as after the clock was set.
    /// - Returns: whether something was signed again.
    func refreshZones(in state: inout State, now: Timestamp, all: Bool) -> Bool {
        state.nextLookAtZones = now.advanced(by: Self.zonePeriod)
        let time = table.systemTime(at: now)
        guard all || state.signed.all.contains(where: { $0.hasDueSignatures(at: time) }) else { return false }
        var signers: [DomainName: ZoneSigner] = [:]
        for zone in state.signed.all { signers[zone.apex] = zone.signer }
        state.signed = state.configured.signed(by: signers, reusing: state.signed, at: time)
        report(.zonesSigned)
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
            if pass.signed > 0 { report(.delegatesSigned(rrsetCount: pass.signed)) }
            return false
        }
    }
}
