package import DNS
package import Delegates

extension Zone {
    /// What the zone is now, for its serial: all its records with their TTLs and signatures, but for the serial itself and for what
    /// delegates have.
    ///
    /// - Parameters:
    ///   - isTransferable: whether copies are allowed. One that begins to be may have missed what changed before.
    ///   - floor: see ``SerialRecord/Observation/floor``.
    package func observation(isTransferable: Bool, floor: SerialNumber?) -> SerialRecord.Observation {
        let start = soa(at: 0)
        let others = rrsets.map { (key: $0.owner.wire + [UInt8](bigEndianOctetsOf: $0.type.rawValue), rrset: $0) }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
        let digest = ZoneDigest(
            of: [
                [isTransferable ? 1 : 0], [UInt8](bigEndianOctetsOf: start.ttl),
                start.data.first?.withSerial(0).octets ?? [],
            ]
                + others.lazy.flatMap { [$0.key] + $0.rrset.contentParts })
        return SerialRecord.Observation(zone: apex, content: digest, fileSerial: fileSerial, floor: floor)
    }
}

extension RRset {
    /// Its TTL, data and signatures; how much data there is says where that ends.
    fileprivate var contentParts: [[UInt8]] {
        [[UInt8](bigEndianOctetsOf: ttl), [UInt8](bigEndianOctetsOf: data.count)]
            + data.map(\.octets).sorted { $0.lexicographicallyPrecedes($1) }
            + signatures.map { signature in
                signature.words.indices.flatMap { [UInt8](bigEndianOctetsOf: signature.words[$0]) }
            }
    }
}

extension Zones {
    /// The zones with other serials.
    ///
    /// - Parameter serials: by apex; a zone without one keeps its own.
    package func with(_ serials: [DomainName: ZoneSerial]) -> Zones {
        Zones(all.map { zone in serials[zone.apex].map(zone.with) ?? zone })
    }
}

extension [UInt8] {
    fileprivate init(bigEndianOctetsOf value: some FixedWidthInteger) {
        self = stride(from: value.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}
