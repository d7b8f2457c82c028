/// A JSON key that is found in any case: clients send `txt`, `Txt`, `AllowFrom`.
package struct AnyCaseKey: CodingKey {
    package let stringValue: String
    package var intValue: Int? { nil }

    package init(stringValue: String) {
        self.stringValue = stringValue
    }

    package init?(intValue: Int) {
        nil
    }

    /// Whether two names are equal but for the case of ASCII letters.
    static func isEqual(_ left: String, _ right: String) -> Bool {
        func folded(_ octet: UInt8) -> UInt8 { 0x41...0x5A ~= octet ? octet | 0x20 : octet }
        return left.utf8.elementsEqual(right.utf8) { folded($0) == folded($1) }
    }
}

extension KeyedDecodingContainer<AnyCaseKey> {
    /// The value of a key; `nil` if it is absent or null. ``JSONDocument`` refuses requests with two such keys before.
    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forAnyCaseOf name: String) throws -> Value? {
        guard let key = allKeys.first(where: { AnyCaseKey.isEqual($0.stringValue, name) }) else { return nil }
        return try decodeIfPresent(type, forKey: key)
    }
}
