import Authority
import DNS
import Delegates
import Logging
import ServiceLifecycle
import StorageParts
import Synchronization

/// The serials of the zones. A serial rises with what a transfer of its zone would show: with changes of delegates, when values become
/// too old to be served, and when the zone's records, keys or signatures differ from those for which the storage knows the serial.
///
/// A serial that rises is announced at once. Until the storage has it, no client gets a copy of a zone: after a crash the serial could
/// stand for another copy.
final class ZoneSerials: Service {
    private let storage: any ServerStorage
    private let table: DelegateTable
    private let clock: SteadyClock
    private let logger: Logger
    private let state = Mutex(State())
    let gate = TransferGate()

    private struct State {
        /// The current records, by zone.
        var records: [DomainName: SerialRecord] = [:]
        /// The zones whose records the storage does not have.
        var unkept: Set<DomainName> = []
        /// The content that other nodes have for zones, where it is not this one's.
        var strangers: [DomainName: ZoneDigest] = [:]
        /// When the storage is asked again after a refusal; `nil` if it did not refuse.
        var nextAttempt: Timestamp?
    }

    private static let period = Duration.seconds(1)
    /// The pause after a change that failed.
    private static let pause = Duration.seconds(10)
    /// The maximum number of delegates whose values go with one change, so that other changes do not wait long.
    private static let maximumAged = 500

    init(storage: any ServerStorage, table: DelegateTable, clock: SteadyClock, logger: Logger) {
        self.storage = storage
        self.table = table
        self.clock = clock
        self.logger = logger
    }

    // MARK: Zones

    /// Reads what the storage knows. Call it once, before everything else.
    func load() async throws(StorageError) {
        let kept = try await storage.serials()
        state.withLock { state in
            for record in kept { state.records[record.zone] = record }
        }
    }

    /// Gives zones the serials that they have from now on.
    func number(_ zones: Zones, _ configuration: Configuration) -> Zones {
        let observations = zones.all.map {
            $0.observation(
                hasDelegates: table.hasDelegates(below: $0.apex), floor: configuration.serialFloors[$0.apex],
                countsSignatures: storage.secrets == nil)
        }
        let change = UInt32(truncatingIfNeeded: table.sequence.number)
        return state.withLock { state in
            var serials: [DomainName: ZoneSerial] = [:]
            for observation in observations {
                let former = state.records[observation.zone]
                let record = SerialRecord(observation, after: former, at: change)
                serials[record.zone] = record.serial
                if let former, record.saysTheSame(as: former) { continue }
                state.records[record.zone] = record
                state.unkept.insert(record.zone)
                log(record, after: former, at: change)
            }
            if !state.unkept.isEmpty { gate.set(isOpen: false) }
            return zones.with(serials)
        }
    }

    private func log(_ record: SerialRecord, after former: SerialRecord?, at change: UInt32) {
        let (number, old) = (record.serial.number(at: change), former?.serial.number(at: change))
        var metadata: Logger.Metadata = ["dns.zone": "\(record.zone)", "dns.serial": "\(number.value)"]
        if let old { metadata["dns.former_serial"] = "\(old.value)" }
        if let former, let old, !number.isNewer(than: old) {
            guard record.content != former.content else { return }
            // This happens where signatures in the file cover the serial.
            logger.warning(
                "zone changed without a later serial in its file: secondaries keep what they have", metadata: metadata)
        } else {
            logger.info("serial raised", metadata: metadata)
        }
    }

    /// Takes the serials that other nodes have given to the same zones meanwhile.
    ///
    /// - Returns: whether a zone has another serial now: ``number(_:_:)`` gives it.
    func adoptStored() async throws(StorageError) -> Bool {
        let stored = try await storage.serials()
        return state.withLock { state in
            var hasChanged = false
            for record in stored {
                guard let own = state.records[record.zone], record.revision >= own.revision,
                    !record.saysTheSame(as: own)
                else { continue }
                guard record.content == own.content else {
                    if state.strangers[record.zone] != record.content {
                        logger.warning(
                            "another node has other records for a zone: give all nodes the same configuration",
                            metadata: ["dns.zone": "\(record.zone)"])
                    }
                    state.strangers[record.zone] = record.content
                    continue
                }
                state.strangers[record.zone] = nil
                state.records[record.zone] = record
                state.unkept.remove(record.zone)
                hasChanged = true
            }
            if state.unkept.isEmpty { gate.set(isOpen: true) }
            return hasChanged
        }
    }

    /// The current serials of zones, by their names without the final dot.
    func current(of zones: [DomainName]) -> [String: UInt32] {
        let change = UInt32(truncatingIfNeeded: table.sequence.number)
        let records = state.withLock(\.records)
        var serials: [String: UInt32] = [:]
        for zone in zones { serials[zone.withoutFinalDot] = records[zone]?.serial.number(at: change).value }
        return serials
    }

    // MARK: The storage

    /// Stores the records that the storage does not have, before the storage runs.
    func keepInitially() async {
        do throws(StorageError) {
            let records = unkeptRecords
            guard !records.isEmpty else { return }
            try await storage.keepInitially(records)
            noteKept(records)
        } catch {
            // The running server tries again.
            logger.error("serials not kept: no transfers", metadata: ["error": "\(error)"])
        }
    }

    /// Stores the records that the storage does not have.
    ///
    /// - Throws: why the storage refuses them. The running server tries again.
    func keep() async throws {
        let records = unkeptRecords
        guard !records.isEmpty else { return }
        try await storage.commit(.keepSerials(records), by: Actor(.server, from: nil), at: clock.now)
        noteKept(records)
    }

    private var unkeptRecords: [SerialRecord] {
        state.withLock { state in state.unkept.compactMap { state.records[$0] } }
    }

    private func noteKept(_ records: [SerialRecord]) {
        state.withLock { state in
            for record in records where state.records[record.zone] == record { state.unkept.remove(record.zone) }
            if state.unkept.isEmpty { gate.set(isOpen: true) }
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

    /// Stores records that the storage does not have, and removes values whose time is over. Call it about once a second.
    func tick() async {
        guard state.withLock({ $0.nextAttempt }).map({ clock.now >= $0 }) ?? true else { return }
        do {
            try await keep()
            while try await ageValues() {}
            if state.withLock({ $0.nextAttempt.take() }) != nil { logger.notice("serials and values are kept again") }
        } catch {
            let wasWell = state.withLock { state in
                defer { state.nextAttempt = clock.now.advanced(by: Self.pause) }
                return state.nextAttempt == nil
            }
            // Logged once, however long it lasts.
            if wasWell { logger.error("serials and aged values not kept", metadata: ["error": "\(error)"]) }
        }
    }

    /// Removes values as a change with a number: copies of the zone have another serial afterwards.
    ///
    /// - Returns: whether there may be more.
    private func ageValues() async throws -> Bool {
        let now = clock.now
        let names = table.agedDelegates(now: now, maximum: Self.maximumAged)
        guard !names.isEmpty, storage.leads else { return false }
        try await storage.commit(.ageValues(of: names, until: now), by: Actor(.server, from: nil), at: now)
        return names.count == Self.maximumAged
    }
}
