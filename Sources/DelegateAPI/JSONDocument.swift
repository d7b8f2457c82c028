/// A text that is JSON by the grammar of RFC 8259, looked at before a decoder makes values of it: decoders take more than that.
///
/// What is checked is the whole text: UTF-8 without a byte order mark (section 8.1), the structure, numbers (section 6), strings and
/// their escapes (section 7). An escaped half of a surrogate pair without its other half is refused (section 8.2), since no text has it.
/// Names that are there twice are counted by ``repeatedField(of:)``, not refused here. The time is linear in the text's length, and
/// nothing recurses.
package struct JSONDocument: Sendable {
    /// The value, without what stands around it.
    package let octets: ArraySlice<UInt8>
    /// The names of the outermost object's members, in their order, escapes resolved; none if the value is no object.
    package let memberNames: [String]

    /// The number of arrays and objects that may be inside each other (RFC 8259 section 9 lets a parser choose one).
    package static let maximumDepth = 512

    /// - Parameter ignoringRest: whether text may follow the value, as where acme-dns reads updates. It is not looked at.
    /// - Throws: ``JSONError`` for the first octet with which the text is not JSON any more.
    package init(_ text: [UInt8], ignoringRest: Bool = false) throws(JSONError) {
        var scanner = JSONScanner(text)
        octets = try scanner.scan(ignoringRest: ignoringRest)
        memberNames = scanner.memberNames.map { String(decoding: $0, as: UTF8.self) }
    }

    package var isNull: Bool { octets.elementsEqual("null".utf8) }

    /// The first of the fields that the outermost object has more than once, in whatever case: RFC 8259 section 4 leaves open which
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

/// Why a text is not JSON, and where.
package struct JSONError: Error, Hashable, CustomStringConvertible {
    /// In octets from the beginning of the text, the first one being 1.
    package let position: Int
    /// The first line is 1.
    package let line: Int
    package let reason: String

    package var description: String {
        line == 1 ? "octet \(position): \(reason)" : "line \(line), octet \(position): \(reason)"
    }
}
