package import DNS

/// A zone's serial, and the content that it stands for. The storage keeps both, so that the serial never goes back.
package struct SerialRecord: Hashable, Sendable {
    package var zone: DomainName
    package var serial: ZoneSerial
    /// The digest of the zone without its delegates and its serial. In a record from a backup, it equals no zone's.
    package var content: ZoneDigest
    /// The serial that the zone's file had; `nil` for a zone whose SOA record is generated. It counts when it changes, and not again.
    package var fileSerial: SerialNumber?
    /// The serial that this one had to exceed. It, too, counts when it changes.
    package var floor: SerialNumber?
    /// The number of earlier records of the zone. Of two records, the storage keeps the one with the higher number.
    package var revision: Int64

    package init(
        zone: DomainName, serial: ZoneSerial, content: ZoneDigest, fileSerial: SerialNumber? = nil, floor: SerialNumber? = nil,
        revision: Int64
    ) {
        self.zone = zone
        self.serial = serial
        self.content = content
        self.fileSerial = fileSerial
        self.floor = floor
        self.revision = revision
    }
}

extension SerialRecord {
    /// The state of a zone now.
    package struct Observation: Sendable {
        package var zone: DomainName
        package var content: ZoneDigest
        /// The serial that its file has; `nil` for a zone whose SOA record is generated.
        package var fileSerial: SerialNumber?
        /// Whether the serial must be the file's: signatures or digests in the file cover the SOA record.
        package var isSealed: Bool
        /// Whether there are delegates below the zone's apex, or can be.
        package var hasDelegates: Bool
        /// The serial that the zone's must exceed: secondaries have it from another server.
        package var floor: SerialNumber?

        package init(
            zone: DomainName, content: ZoneDigest, fileSerial: SerialNumber?, isSealed: Bool = false, hasDelegates: Bool,
            floor: SerialNumber? = nil
        ) {
            self.zone = zone
            self.content = content
            self.fileSerial = fileSerial
            self.isSealed = isSealed
            self.hasDelegates = hasDelegates
            self.floor = floor
        }
    }

    /// More than the number of changes that can come while the former responders still answer.
    private static let margin: UInt32 = 1000

    /// Makes the next record of a zone. Its serial is the former one, or a later one (RFC 1982) if the zone differs from what that one
    /// stood for; or the serial of the zone's file, if that has become later still.
    ///
    /// - Parameters:
    ///   - former: the record until now; `nil` for a zone that is new here.
    ///   - change: the number of the last change, modulo 2^32.
    package init(_ now: Observation, after former: SerialRecord?, at change: UInt32) {
        let countsChanges = now.hasDelegates && !now.isSealed
        var number = former?.serial.number(at: change) ?? now.fileSerial ?? SerialNumber(change &+ 1)
        if let former, former.serial.countsChanges != countsChanges {
            number.value &+= Self.margin
        } else if let former, former.content != now.content {
            number.value &+= 1
        }
        if let fileSerial = now.fileSerial, fileSerial != former?.fileSerial, fileSerial.isNewer(than: number) {
            number = fileSerial
        }
        if let floor = now.floor, floor != former?.floor, !number.isNewer(than: floor) { number.value = floor.value &+ 1 }
        if now.isSealed, let fileSerial = now.fileSerial { number = fileSerial }
        self.init(
            zone: now.zone,
            serial: ZoneSerial(offset: countsChanges ? number.value &- change : number.value, countsChanges: countsChanges),
            content: now.content, fileSerial: now.fileSerial, floor: now.isSealed ? former?.floor : now.floor,
            revision: (former?.revision ?? 0) + 1)
    }

    /// Whether another record of the zone says the same, apart from its revision.
    package func saysTheSame(as other: SerialRecord) -> Bool {
        var same = other
        same.revision = revision
        return self == same
    }
}
