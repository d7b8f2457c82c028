package import DNS

/// How a zone's serial follows from the number of the last change.
package struct ZoneSerial: Hashable, Sendable {
    /// The serial, or the difference between it and the number of the last change, modulo 2^32.
    package var offset: UInt32
    /// Whether each change raises the serial: so it is where the zone has delegates.
    package var countsChanges: Bool

    package init(offset: UInt32, countsChanges: Bool) {
        self.offset = offset
        self.countsChanges = countsChanges
    }

    /// - Parameter change: the number of the last change, modulo 2^32.
    package func number(at change: UInt32) -> SerialNumber {
        SerialNumber(countsChanges ? offset &+ change : offset)
    }
}

/// A zone's serial, and what of the zone it stands for: what the storage keeps, so that the serial never goes back.
package struct SerialRecord: Hashable, Sendable {
    package var zone: DomainName
    package var serial: ZoneSerial
    /// Of the zone without its delegates and its serial. One that was taken from another storage equals none.
    package var content: ZoneDigest

    package init(zone: DomainName, serial: ZoneSerial, content: ZoneDigest) {
        self.zone = zone
        self.serial = serial
        self.content = content
    }
}

extension SerialRecord {
    /// What a zone is now.
    package struct Observation: Sendable {
        package var zone: DomainName
        package var content: ZoneDigest
        /// The serial that its file has; `nil` for a zone whose SOA record is made.
        package var fileSerial: SerialNumber?
        /// The serial must be above this one: secondaries have it from another server.
        package var floor: SerialNumber?
        /// Whether values became too old to be served, and the serial does not count that yet.
        package var hasAged = false

        package init(zone: DomainName, content: ZoneDigest, fileSerial: SerialNumber?, floor: SerialNumber?) {
            self.zone = zone
            self.content = content
            self.fileSerial = fileSerial
            self.floor = floor
        }
    }

    /// The record of a zone from now on. Its serial is the one that held, or a later one (RFC 1982) if the zone differs from what that
    /// one stood for; that of the zone's file where that is later still.
    ///
    /// - Parameters:
    ///   - former: the record that held; `nil` for a zone that is new here.
    ///   - change: the number of the last change, modulo 2^32.
    package init(_ now: Observation, after former: SerialRecord?, at change: UInt32) {
        let countsChanges = now.fileSerial == nil
        var number = former?.serial.number(at: change) ?? now.fileSerial ?? SerialNumber(change &+ 1)
        if let former, former.content != now.content || now.hasAged || former.serial.countsChanges != countsChanges {
            number.value &+= 1
        }
        if let fileSerial = now.fileSerial, fileSerial.isNewer(than: number) { number = fileSerial }
        if let floor = now.floor, !number.isNewer(than: floor) { number.value = floor.value &+ 1 }
        self.init(
            zone: now.zone,
            serial: ZoneSerial(offset: countsChanges ? number.value &- change : number.value, countsChanges: countsChanges),
            content: now.content)
    }

    /// Whether this one is to be kept in the place of another one of the same zone: a serial never goes back, in whatever order records
    /// come.
    package func replaces(_ other: SerialRecord) -> Bool {
        guard serial.countsChanges == other.serial.countsChanges else { return true }
        return !SerialNumber(other.serial.offset).isNewer(than: SerialNumber(serial.offset))
    }
}

/// All that the storage keeps for serials.
package struct KeptSerials: Hashable, Sendable {
    package var records: [SerialRecord]
    /// The last moment of which the serials count which values were too old to be served.
    package var agedUntil: Timestamp

    package init(records: [SerialRecord], agedUntil: Timestamp) {
        self.records = records
        self.agedUntil = agedUntil
    }
}
