/// A zone's serial number, in the order of RFC 1982, which continues from 4,294,967,295 to 0.
package struct SerialNumber: Hashable, Sendable {
    package var value: UInt32

    package init(_ value: UInt32) {
        self.value = value
    }

    /// Whether this number comes after another. Of two numbers that are 2^31 apart, neither does (RFC 1982 section 3.2).
    package func isNewer(than other: SerialNumber) -> Bool { Int32(bitPattern: value &- other.value) > 0 }
}
