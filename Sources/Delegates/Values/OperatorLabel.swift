/// An operator's name for a group or a registration token: 1 to 64 ASCII letters, digits, `.`, `_` and `-`, in lower case. A letter or a
/// digit comes first: the label is a part of paths, where `..` means something else.
package struct OperatorLabel: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package static let maximumLength = 64

    /// - Throws: ``Refusal/invalidOperatorLabel(_:)``.
    package init(_ text: String) throws(Refusal) {
        // Checked before the case is changed: the Kelvin sign becomes a “k” in lower case.
        let isValid = text.utf8.allSatisfy { octet in
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
            default: false
            }
        }
        guard isValid, let first = text.first, first.isLetter || first.isNumber, 1...Self.maximumLength ~= text.utf8.count
        else { throw .invalidOperatorLabel(text) }
        description = text.lowercased()
    }
}
