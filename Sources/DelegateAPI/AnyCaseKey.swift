/// A JSON key that is found in whatever case it was written: clients send `txt`, `Txt`, `AllowFrom`.
struct AnyCaseKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) {
        self.stringValue = stringValue
    }

    init?(intValue: Int) {
        nil
    }
}

extension KeyedDecodingContainer<AnyCaseKey> {
    /// The value of a key; nothing if it is absent or null.
    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forAnyCaseOf name: String) throws -> Value? {
        let candidates = allKeys.filter { $0.stringValue.lowercased() == name }
        // Of several that differ in case alone, the one in lower case, or else always the same.
        let exact = candidates.first { $0.stringValue == name }
        guard let key = exact ?? candidates.min(by: { $0.stringValue < $1.stringValue }) else { return nil }
        return try decodeIfPresent(type, forKey: key)
    }
}
