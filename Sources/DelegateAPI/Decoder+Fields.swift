extension Decoder {
    /// - Throws: `DecodingError` for a field that is not known: a slip of the pen would do something else than was meant.
    func refuseFields<Key: CodingKey & CaseIterable>(beside known: Key.Type) throws {
        let known = Key.allCases.map(\.stringValue)
        for key in try container(keyedBy: AnyCaseKey.self).allKeys where !known.contains(key.stringValue) {
            throw DecodingError.dataCorrupted(.init(codingPath: [key], debugDescription: "unknown field"))
        }
    }
}
