/// The body of a request, as the server decodes it.
package protocol JSONRequest: Decodable {
    /// The names of its fields. A request must not repeat any of them.
    static var fieldNames: [String] { get }
}

/// A field that a request does not have. It is an error because a misspelt field would change the meaning of the request.
package struct UnknownField: Error, Hashable {
    package let name: String
    /// The fields that the request has.
    package let known: [String]
}

extension Decoder {
    /// - Throws: ``UnknownField`` for a field that is not in `known`.
    func refuseFields<Key: CodingKey & CaseIterable>(beside known: Key.Type) throws {
        let known = Key.allCases.map(\.stringValue)
        for key in try container(keyedBy: AnyCaseKey.self).allKeys where !known.contains(key.stringValue) {
            throw UnknownField(name: key.stringValue, known: known)
        }
    }
}

extension JSONRequest {
    static func names<Key: CodingKey & CaseIterable>(of keys: Key.Type) -> [String] { Key.allCases.map(\.stringValue) }
}
