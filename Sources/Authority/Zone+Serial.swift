package import DNS
package import Delegates

extension Zone {
    /// What the zone shows now, for its serial: all its records with their TTLs and signatures, and what every delegate has, but neither
    /// the serial itself nor what single delegates have.
    ///
    /// - Parameters:
    ///   - hasDelegates: whether there are any below the apex; taken as true if the SOA record is made, since they may come.
    ///   - floor: see ``SerialRecord/Observation/floor``.
    ///   - countsSignatures: whether signatures that are made here count. Those of servers that sign the same zone differ.
    package func observation(
        hasDelegates: Bool, floor: SerialNumber?, countsSignatures: Bool = true
    ) -> SerialRecord.Observation {
        let isSignedAlike = countsSignatures || signer == nil
        let start = soa(at: 0)
        let others = rrsets.map { (key: $0.owner.wire + [UInt8](bigEndianOctetsOf: $0.type.rawValue), rrset: $0) }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
        let digest = ZoneDigest(
            of: [[UInt8](bigEndianOctetsOf: start.ttl), start.data.first?.withSerial(0).octets ?? []]
                + [[UInt8](bigEndianOctetsOf: DelegateAnswers.challengeTTL)]
                + DelegateAnswers.noIssuance(at: apex).contentParts()
                + others.lazy.flatMap { [$0.key] + $0.rrset.contentParts(withSignatures: isSignedAlike) })
        return SerialRecord.Observation(
            zone: apex, content: digest, fileSerial: fileSerial, isSealed: isSealed,
            hasDelegates: hasDelegates || fileSerial == nil, floor: floor)
    }

    /// Whether the zone's file itself has what covers the SOA record: signatures (RFC 4034) or a digest of the zone (RFC 8976).
    private var isSealed: Bool {
        fileSerial != nil && (nodeAtApex?.rrsets[.rrsig] != nil || nodeAtApex?.rrsets[.zonemd] != nil)
    }
}

extension RRset {
    /// The TTL, data and signatures; the number of data says where the data ends.
    fileprivate func contentParts(withSignatures: Bool = true) -> [[UInt8]] {
        [[UInt8](bigEndianOctetsOf: ttl), [UInt8](bigEndianOctetsOf: data.count)]
            + data.map(\.octets).sorted { $0.lexicographicallyPrecedes($1) }
            + (withSignatures ? signatures : []).map { signature in
                signature.words.indices.flatMap { [UInt8](bigEndianOctetsOf: signature.words[$0]) }
            }
    }
}

extension Zones {
    /// The zones with other serials.
    ///
    /// - Parameter serials: the serials by apex; a zone without an entry keeps its own.
    package func with(_ serials: [DomainName: ZoneSerial]) -> Zones {
        Zones(all.map { zone in serials[zone.apex].map(zone.with) ?? zone })
    }
}

extension [UInt8] {
    fileprivate init(bigEndianOctetsOf value: some FixedWidthInteger) {
        self = stride(from: value.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}
