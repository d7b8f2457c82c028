/// The place of a change in the order of all changes of a storage. It grows with each change and is never used twice; the SOA serial is
/// derived from it.
package struct ChangeSequence: Hashable, Comparable, Sendable {
    package var number: UInt64

    package init(_ number: UInt64) {
        self.number = number
    }

    package static func < (left: ChangeSequence, right: ChangeSequence) -> Bool {
        left.number < right.number
    }

    mutating func rise(to other: ChangeSequence) {
        if other > self { self = other }
    }
}
