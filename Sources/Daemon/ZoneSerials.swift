import Authority
import DNS
import Delegates
import Logging
import SQLiteStorage
import ServiceLifecycle
import Synchronization

/// The serials of the zones. Each rises with what a transfer of its zone would show: with changes of delegates, when values become too
/// old to be served, and when the zone's records, keys or signatures are others than those that the storage knows the serial for.
///
/// A serial that rises is shown at once and kept in the storage as soon as that takes it. If the process ends before, the same
/// configuration gets the same serial again at the next start.
final class ZoneSerials: Service {
    private let storage: SQLiteDelegateStorage
    private let table: DelegateTable
    private let clock: SteadyClock
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        /// What holds, by zone.
        var records: [DomainName: SerialRecord] = [:]
        /// The zones whose records the storage does not have.
        var unkept: Set<DomainName> = []
        var agedUntil = Timestamp(secondsSinceEpoch: 0)
        /// Whether copies of zones are allowed.
        var isTransferable = false
        /// When the storage is asked again after it has refused; `nil` if it has not.
        var nextAttempt: Timestamp?
    }

    private static let period = Duration.seconds(1)
    /// After a change that failed.
    private static let pause = Duration.seconds(10)

    init(storage: SQLiteDelegateStorage, table: DelegateTable, clock: SteadyClock, logger: Logger) {
        self.storage = storage
        self.table = table
        self.clock = clock
        self.logger = logger
    }

    // MARK: Zones

    /// Reads what the storage knows. To be called once, before all else.
    func load() async throws(StorageError) {
        let kept = try await storage.serials()
        state.withLock { state in
            for record in kept.records { state.records[record.zone] = record }
            state.agedUntil = kept.agedUntil
        }
    }

    /// The zones with the serials that they have from now on.
    func numbering(_ zones: Zones, _ configuration: Configuration) -> Zones {
        let isTransferable = !configuration.nameserver.transferNetworks.isEmpty
        let observations = zones.all.map {
            $0.observation(isTransferable: isTransferable, floor: configuration.serialFloors[$0.apex])
        }
        let change = UInt32(truncatingIfNeeded: table.sequence.number)
        return state.withLock { state in
            var serials: [DomainName: ZoneSerial] = [:]
            for var observation in observations {
                let zone = observation.zone
                let lastAging = isTransferable ? table.lastAging(below: zone) : nil
                observation.hasAged = lastAging.map { $0 > state.agedUntil } ?? false
                let record = SerialRecord(observation, after: state.records[zone], at: change)
                serials[zone] = record.serial
                guard record != state.records[zone] else { continue }
                state.records[zone] = record
                state.unkept.insert(zone)
                logger.info(
                    "serial", metadata: ["dns.zone": "\(zone)", "dns.serial": "\(record.serial.number(at: change).value)"])
            }
            // What became too old while no server ran is counted now.
            state.agedUntil = max(state.agedUntil, clock.now)
            state.isTransferable = isTransferable
            return zones.with(serials)
        }
    }

    /// The serials that zones have now, by their names without the final dot.
    func current(of zones: [DomainName]) -> [String: UInt32] {
        let change = UInt32(truncatingIfNeeded: table.sequence.number)
        let records = state.withLock(\.records)
        var serials: [String: UInt32] = [:]
        for zone in zones { serials[zone.withoutFinalDot] = records[zone]?.serial.number(at: change).value }
        return serials
    }

    // MARK: The storage

    /// Keeps what is not kept, before the storage runs.
    func keepInitially() async {
        let (records, agedUntil) = state.withLock { state in
            (state.unkept.compactMap { state.records[$0] }, state.agedUntil)
        }
        guard !records.isEmpty else { return }
        do throws(StorageError) {
            try await storage.keepInitially(KeptSerials(records: records, agedUntil: agedUntil))
            noteKept(records)
        } catch {
            // It is tried again while the server runs.
            logger.error("serials not kept", metadata: ["error": "\(error)"])
        }
    }

    /// Keeps what is not kept.
    ///
    /// - Returns: whether the storage has all of it now.
    @discardableResult
    func keep() async -> Bool {
        let records = state.withLock { state in state.unkept.compactMap { state.records[$0] } }
        guard !records.isEmpty else { return true }
        do throws(StorageError) {
            try await storage.commit(.keepSerials(records), by: Actor(.server, from: nil), at: clock.now) { _ in }
            noteKept(records)
            return true
        } catch {
            logger.error("serials not kept", metadata: ["error": "\(error)"])
            return false
        }
    }

    private func noteKept(_ records: [SerialRecord]) {
        state.withLock { state in
            for record in records where state.records[record.zone] == record { state.unkept.remove(record.zone) }
        }
    }

    // MARK: As time goes

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                await self.tick()
                try await Task.sleep(for: Self.period)
            }
        }
    }

    /// Takes away values whose time is over, and keeps what is not kept. To be called about once a second.
    func tick() async {
        let now = clock.now
        let isTransferable = state.withLock(\.isTransferable)
        if !isTransferable { table.dropAgedValues(now: now) }
        guard state.withLock({ $0.nextAttempt.map { now >= $0 } ?? true }) else { return }
        let isKept = await keep()
        let isAged = isTransferable ? await age(until: now) : true
        state.withLock { $0.nextAttempt = isKept && isAged ? nil : now.advanced(by: Self.pause) }
    }

    /// Takes away values as a change that has a number: what copies show must have another serial afterwards.
    ///
    /// - Returns: whether there was nothing to do, or it is done.
    private func age(until now: Timestamp) async -> Bool {
        guard table.hasAgedValues(now: now) else { return true }
        do throws(StorageError) {
            try await storage.commit(.ageValues(until: now), by: Actor(.server, from: nil), at: now) { [table] sequence in
                table.dropAgedValues(now: now, sequence: sequence)
            }
            return true
        } catch {
            logger.error("aged values stay in transfers", metadata: ["error": "\(error)"])
            return false
        }
    }
}
