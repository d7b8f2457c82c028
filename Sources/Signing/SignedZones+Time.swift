import Authority
import DNS
import DNSSEC
import Delegates

/// What is due as time goes.
extension SignedZones {
    /// Clocks drift apart by less than this, in seconds; a greater difference means that a clock was set.
    private static let clockStep: Int64 = 5

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
        report(.clockSet(seconds: difference))
        return true
    }
}
