/// A resource record's class (RFC 1035 section 3.2.4).
package struct RecordClass: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    // The operator that the compiler provides is a generic function.
    package static func == (left: RecordClass, right: RecordClass) -> Bool { left.rawValue == right.rawValue }

    package static let `in` = RecordClass(rawValue: 1)
    package static let chaos = RecordClass(rawValue: 3)
    package static let any = RecordClass(rawValue: 255)
}
