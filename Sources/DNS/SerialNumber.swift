/// A zone's serial number, with the order of RFC 1982: it goes on from 4,294,967,295 to 0.
package struct SerialNumber: Hashable, Sendable {
    package var value: UInt32

    package init(_ value: UInt32) {
        self.value = value
    }

    /// Whether this number comes after another one. Of two numbers that are 2^31 apart, neither does (RFC 1982 section 3.2).
    package func isNewer(than other: SerialNumber) -> Bool { Int32(bitPattern: value &- other.value) > 0 }
}
