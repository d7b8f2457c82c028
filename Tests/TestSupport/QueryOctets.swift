package import DNS

/// Makes the octets of queries, valid and invalid.
package struct QueryOctets {
    package var identifier: UInt16 = 0x1234
    package var flags: UInt16 = 0x0100
    package var questions: [Question]
    package var edns: EDNS?
    /// Options inside the OPT record, as octets.
    package var ednsOptions: [UInt8] = []
    package var optCount = 1
    /// The serial of an SOA record in the authority section, as IXFR queries have it (RFC 1995 section 3).
    package var heldSerial: UInt32?
    /// The owner of that record, if it is not the question's name.
    package var heldOwner: DomainName?
    package var heldClass = RecordClass.in
    package var trailing: [UInt8] = []

    package init(_ name: String, _ type: RecordType, class: RecordClass = .in, edns: EDNS? = nil) throws {
        questions = [Question(name: try DomainName(name), type: type, class: `class`)]
        self.edns = edns
    }

    package func with(_ change: (inout QueryOctets) -> Void) -> QueryOctets {
        var copy = self
        change(&copy)
        return copy
    }

    package var octets: [UInt8] {
        let additional = edns == nil ? 0 : optCount
        var message = [identifier, flags, UInt16(questions.count), 0, heldSerial == nil ? 0 : 1, UInt16(additional)]
            .flatMap(Self.octets)
        for question in questions {
            message += question.name.wire + Self.octets(question.type.rawValue) + Self.octets(question.class.rawValue)
        }
        if let heldSerial {
            // The question's name again, and the root for both names in the data.
            message +=
                (heldOwner?.wire ?? [0xC0, 12]) + Self.octets(6) + Self.octets(heldClass.rawValue) + [0, 0, 0, 0]
                + Self.octets(22) + [0, 0]
            message += Self.octets(UInt16(heldSerial >> 16)) + Self.octets(UInt16(heldSerial & 0xFFFF))
            message += Array(repeating: 0, count: 16)
        }
        if let edns {
            for _ in 0..<optCount {
                message += [0] + Self.octets(41) + Self.octets(edns.payloadSize)
                message +=
                    [edns.extendedResponseCode, edns.version]
                    + Self.octets((edns.isDNSSECOK ? 0x8000 : 0) | (edns.isCompactOK ? 0x4000 : 0))
                message += Self.octets(UInt16(ednsOptions.count)) + ednsOptions
            }
        }
        return message + trailing
    }

    private static func octets(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }
}
