package import Authority
import DNS
package import DNSSEC
package import Delegates
import Synchronization

/// The zones with their keys and signatures, kept up to date as time goes and when keys change.
///
/// Only the key folder makes a caller wait, and no clock is read: the caller says what time it is. While the folder's disk hangs,
/// nothing changes, but everything can be read.
package final class SignedZones: Sendable {
    let table: DelegateTable
    let timing: ZoneKeys.Timing
    /// What several servers share; `nil` if this one signs alone.
    let shared: SharedKeys?
    /// Whether this server moves the stages on. It is asked again and again.
    let leads: @Sendable () -> Bool
    /// Called during a change.
    let report: @Sendable (SigningEvent) -> Void
    /// Held only while the state is read or replaced.
    private let state: Mutex<State>
    /// Held during a change, even while the key folder is written.
    private let changing = Mutex<Void>(())

    struct State {
        var settings: SigningSettings
        /// Opened at its first use.
        var folder: (any KeyStore)?
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

    /// - Parameters:
    ///   - shared: the keys that several servers share; `nil` for keys of this server alone.
    ///   - leads: whether this server moves the stages on. If two do, no harm is done.
    ///   - report: must not call back: the change during which it is called is not over.
    package init(
        table: DelegateTable, timing: ZoneKeys.Timing = ZoneKeys.Timing(), shared: SharedKeys? = nil,
        leads: @escaping @Sendable () -> Bool = { true }, report: @escaping @Sendable (SigningEvent) -> Void
    ) {
        self.table = table
        self.timing = timing
        self.shared = shared
        self.leads = leads
        self.report = report
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

    /// All zones, as queries are to be answered from them.
    package var zones: Zones { look(\.signed) }
}
