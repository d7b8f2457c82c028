/// A text that is JSON by the grammar of RFC 8259. It is checked before decoding because decoders accept more than the grammar.
///
/// The check covers the whole text: UTF-8 without a byte order mark (section 8.1), the structure, numbers (section 6), strings and
/// their escapes (section 7). An escaped half of a surrogate pair without its other half is refused (section 8.2), since no text
/// contains it. ``repeatedField(of:)`` finds repeated names; they are not refused here. The check takes linear time and does not
/// recurse.
package struct JSONDocument: Sendable {
    /// The value, without the text around it.
    package let octets: ArraySlice<UInt8>
    /// The names of the outermost object's members in their order, escapes resolved; empty if the value is not an object.
    package let memberNames: [String]
    /// The values of the outermost object's members in their order; `nil` if the value is not an object.
    private let memberValues: [MemberValue]?

    enum MemberValue: Sendable {
        /// A string in UTF-8, escapes resolved.
        case text([UInt8])
        case null
        case other
    }

    /// The maximum depth of nested arrays and objects (RFC 8259 section 9 lets a parser choose one).
    package static let maximumDepth = 512

    /// - Parameter ignoringRest: whether text may follow the value, as where acme-dns reads updates. That text is not checked.
    /// - Throws: ``JSONError`` for the first octet at which the text is not JSON any more.
    package init(_ text: [UInt8], ignoringRest: Bool = false) throws(JSONError) {
        var scanner = JSONScanner(text)
        octets = try scanner.scan(ignoringRest: ignoringRest)
        memberNames = scanner.memberNames.map { String(decoding: $0, as: UTF8.self) }
        memberValues = octets.first == UInt8(ascii: "{") ? scanner.memberValues : nil
    }

    /// The string in a field of the outermost object, whose name may have any case; `nil` if the field is absent or null.
    ///
    /// - Throws: ``WrongJSONType`` if the field has another type, or the document is not an object.
    package func text(_ field: String) throws(WrongJSONType) -> String? {
        guard let memberValues else { throw WrongJSONType(field: nil) }
        guard let index = memberNames.firstIndex(where: { AnyCaseKey.isEqual($0, field) }) else { return nil }
        switch memberValues[index] {
        case .text(let octets): return String(decoding: octets, as: UTF8.self)
        case .null: return nil
        case .other: throw WrongJSONType(field: field)
        }
    }

    package var isNull: Bool { octets.elementsEqual("null".utf8) }

    /// The first of the fields that occurs more than once in the outermost object, in any case. RFC 8259 section 4 leaves open which
    /// one counts, and programs differ.
    package func repeatedField(of fields: [String]) -> String? {
        var seen: Set<String> = []
        for name in memberNames {
            guard let field = fields.first(where: { AnyCaseKey.isEqual(name, $0) }) else { continue }
            guard seen.insert(field).inserted else { return field }
        }
        return nil
    }
}

/// A field that has another type than the request's.
package struct WrongJSONType: Error, Hashable {
    /// `nil` if the whole document is no object.
    package let field: String?

    package init(field: String?) {
        self.field = field
    }
}

/// Why a text is not JSON, and where.
package struct JSONError: Error, Hashable, CustomStringConvertible {
    /// The octet at which the text fails, counted from 1.
    package let position: Int
    /// The line of that octet, counted from 1.
    package let line: Int
    package let reason: String

    package var description: String {
        line == 1 ? "octet \(position): \(reason)" : "line \(line), octet \(position): \(reason)"
    }
}
