/// The body of a request, as a server reads it.
package protocol JSONRequest: Decodable {
    /// The names of its fields. None may be there twice.
    static var fieldNames: [String] { get }
}

/// A field that a request does not have: a slip of the pen would do something else than was meant.
package struct UnknownField: Error, Hashable {
    package let name: String
    /// Those that there are.
    package let known: [String]
}

extension Decoder {
    /// - Throws: ``UnknownField`` for a field that is not known.
    func refuseFields<Key: CodingKey & CaseIterable>(beside known: Key.Type) throws {
        let known = Key.allCases.map(\.stringValue)
        for key in try container(keyedBy: AnyCaseKey.self).allKeys where !known.contains(key.stringValue) {
            throw UnknownField(name: key.stringValue, known: known)
        }
    }
}

extension JSONRequest {
    /// The names of coding keys.
    static func names<Key: CodingKey & CaseIterable>(of keys: Key.Type) -> [String] { Key.allCases.map(\.stringValue) }
}
