/// Record types as data.
extension DataField {
    /// One type (RFC 4034 section 3.2).
    static func type(_ what: String) -> DataField {
        DataField { fields throws(PresentationError) in
            RecordData.octets(try readType(try fields.next(what)).rawValue)
        } write: { data throws(MessageError) in
            RecordType(rawValue: try data.uint16()).description
        }
    }

    private static func readType(_ token: Presentation.Token) throws(PresentationError) -> RecordType {
        if let type = RecordType(token.text) { return type }
        throw PresentationError("“\(token.text)” is not a record type like A or TYPE65534")
    }

    /// Any number of types, to the end, as windows of bits (RFC 4034 section 4.1.2).
    ///
    /// - Parameter mayBeEmpty: whether the list may be empty.
    static func types(mayBeEmpty: Bool) -> DataField {
        DataField { fields throws(PresentationError) in
            var types: Set<RecordType> = []
            for token in try fields.rest() { types.insert(try readType(token)) }
            guard mayBeEmpty || !types.isEmpty else { throw PresentationError("\(fields.type) data lacks its types") }
            return TypeBitmap(types).octets
        } write: { data throws(MessageError) in
            let bitmap = TypeBitmap(wire: data.rest())
            guard let types = bitmap?.types, mayBeEmpty || !types.isEmpty else { throw data.malformed() }
            return types.map(\.description).joined(separator: " ")
        }
    }

    /// Types below 128 as bits without windows (RFC 2535 section 5.2).
    static let oldTypes = DataField { fields throws(PresentationError) in
        var bits: [UInt8] = []
        for token in try fields.rest() {
            let type = try readType(token).rawValue
            guard 1..<128 ~= type else {
                throw PresentationError("NXT data can list types below 128 only, not “\(token.text)”")
            }
            while bits.count <= type / 8 { bits.append(0) }
            bits[Int(type / 8)] |= 0x80 >> UInt8(type % 8)
        }
        guard !bits.isEmpty else { throw PresentationError("NXT data lacks its types") }
        return bits
    } write: { data throws(MessageError) in
        let bits = data.rest()
        guard 1...16 ~= bits.count, bits.last != 0, bits[0] & 0x80 == 0 else { throw data.malformed() }
        return (0..<UInt16(bits.count * 8)).filter { bits[Int($0 / 8)] & 0x80 >> UInt8($0 % 8) != 0 }
            .map { RecordType(rawValue: $0).description }
            .joined(separator: " ")
    }

    /// A moment: seconds since 1970, or `YYYYMMDDHHmmSS` in UTC (RFC 4034 section 3.2).
    static func moment(_ what: String) -> DataField {
        DataField { fields throws(PresentationError) in
            let text = try fields.next(what).text
            let digits = text.utf8.map { Int($0) - 0x30 }
            let isNumber = digits.allSatisfy { 0...9 ~= $0 }
            if isNumber, digits.count <= 10, let seconds = UInt32(text) { return RecordData.octets(seconds) }
            guard isNumber, digits.count == 14, let seconds = CalendarTime(digits: digits)?.secondsSinceEpoch else {
                throw PresentationError("\(fields.type) \(what) “\(text)” is neither YYYYMMDDHHmmSS nor seconds since 1970")
            }
            return RecordData.octets(seconds)
        } write: { data throws(MessageError) in
            CalendarTime(secondsSinceEpoch: try data.uint32()).description
        }
    }
}
