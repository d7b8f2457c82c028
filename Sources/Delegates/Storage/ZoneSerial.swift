package import DNS

/// How a zone's serial follows from the number of the last change that DNS shows.
package struct ZoneSerial: Hashable, Sendable {
    /// The serial, or the difference between it and the number of the last change, modulo 2^32.
    package var offset: UInt32
    /// Whether each change raises the serial, as in a zone with delegates.
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
