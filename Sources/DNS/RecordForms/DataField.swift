/// A kind of RDATA field: how to read it from words, and how to write it as words. A ``RecordForm`` is a list of fields.
struct DataField: Sendable {
    /// Consumes the field's words and returns its octets.
    let read: @Sendable (_ fields: inout RecordFields) throws(PresentationError) -> [UInt8]
    /// Consumes the field's octets and returns its words; an empty text if there are none. It throws if the octets are invalid.
    let write: @Sendable (_ data: inout DataReader) throws(MessageError) -> String

    init(
        read: @escaping @Sendable (_ fields: inout RecordFields) throws(PresentationError) -> [UInt8],
        write: @escaping @Sendable (_ data: inout DataReader) throws(MessageError) -> String
    ) {
        self.read = read
        self.write = write
    }
}

// MARK: Numbers

extension DataField {
    static func uint8(_ what: String) -> DataField { number(what, UInt8.self) }
    static func uint16(_ what: String) -> DataField { number(what, UInt16.self) }
    static func uint32(_ what: String) -> DataField { number(what, UInt32.self) }

    private static func number<Number: FixedWidthInteger & Sendable>(_ what: String, _: Number.Type) -> DataField {
        DataField { fields throws(PresentationError) in
            RecordData.octets(try fields.number(what) as Number)
        } write: { data throws(MessageError) in
            "\(try data.number() as Number)"
        }
    }

    /// A number that may also be written as a word.
    static func named<Number: FixedWidthInteger & Sendable>(_ what: String, _ numbers: [String: Number]) -> DataField {
        DataField { fields throws(PresentationError) in
            RecordData.octets(try fields.number(what, names: numbers))
        } write: { data throws(MessageError) in
            "\(try data.number() as Number)"
        }
    }

    /// A number of seconds that may have units.
    static func seconds(_ what: String) -> DataField {
        DataField { fields throws(PresentationError) in
            RecordData.octets(try fields.duration(what))
        } write: { data throws(MessageError) in
            "\(try data.uint32())"
        }
    }

    /// A number that must be zero.
    static func zero(_ what: String) -> DataField {
        DataField { fields throws(PresentationError) in
            let number: UInt16 = try fields.number(what)
            guard number == 0 else { throw PresentationError("\(fields.type) \(what) must be 0, not \(number)") }
            return [0, 0]
        } write: { data throws(MessageError) in
            guard try data.uint16() == 0 else { throw data.malformed() }
            return "0"
        }
    }
}

// MARK: Names and addresses

extension DataField {
    static let name = name("name")

    static func name(_ what: String) -> DataField {
        DataField { fields throws(PresentationError) in
            try fields.name(what).wire
        } write: { data throws(MessageError) in
            try data.name().description
        }
    }

    /// Any number of names, to the end.
    static let names = DataField { fields throws(PresentationError) in
        var octets: [UInt8] = []
        while !fields.isAtEnd { octets += try fields.name().wire }
        return octets
    } write: { data throws(MessageError) in
        var names: [String] = []
        while !data.isAtEnd { names.append(try data.name().description) }
        return names.joined(separator: " ")
    }

    static let ipv4Address = DataField { fields throws(PresentationError) in
        let text = try fields.next("address").text
        guard let address = IPv4Address(text) else {
            throw PresentationError("“\(text)” is not an IPv4 address like 192.0.2.1")
        }
        return address.octets
    } write: { data throws(MessageError) in
        IPv4Address(number: try data.uint32()).description
    }

    static let ipv6Address = DataField { fields throws(PresentationError) in
        let text = try fields.next("address").text
        guard let address = IPv6Address(text) else {
            throw PresentationError("“\(text)” is not an IPv6 address like 2001:db8::1")
        }
        return address.octets
    } write: { data throws(MessageError) in
        IPv6Address(octets: Array(try data.octets(16))).description
    }

    /// Four groups of 16 bits: `0014:4fff:ff20:ee64` (RFC 6742 section 2.1.2).
    static func locator(_ what: String) -> DataField {
        DataField { fields throws(PresentationError) in
            let text = try fields.next(what).text
            let groups = text.split(separator: ":", omittingEmptySubsequences: false).map {
                $0.utf8.count <= 4 && $0.allSatisfy(\.isHexDigit) ? UInt16($0, radix: 16) : nil
            }
            let numbers = groups.compactMap(\.self)
            guard groups.count == 4, numbers.count == 4 else {
                throw PresentationError("\(fields.type) \(what) “\(text)” is not four groups like 0014:4fff:ff20:ee64")
            }
            return numbers.flatMap(RecordData.octets)
        } write: { data throws(MessageError) in
            let octets = Array(try data.octets(8))
            return stride(from: 0, to: 8, by: 2).map { Presentation.hexadecimal(octets[$0..<$0 + 2]) }
                .joined(separator: ":")
        }
    }
}
