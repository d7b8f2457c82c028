package import DNS

/// Where a zone's serial comes from.
package enum ZoneSerial: Hashable, Sendable {
    /// It is the number of the latest change: the SOA record is made.
    case numberOfChange
    /// It is that of the SOA record in the zone's file.
    case ofFile(SerialNumber)

    /// - Parameter change: the number of the latest change, modulo 2^32.
    package func number(at change: UInt32) -> SerialNumber {
        switch self {
        case .numberOfChange: SerialNumber(change)
        case .ofFile(let serial): serial
        }
    }
}
