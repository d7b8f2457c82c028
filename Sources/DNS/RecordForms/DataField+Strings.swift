/// Character-strings (RFC 1035 section 3.3), and text that reaches to the end of RDATA.
extension DataField {
    static func string(_ what: String) -> DataField {
        DataField { fields throws(PresentationError) in
            RecordData.characterString(try fields.string(what))
        } write: { data throws(MessageError) in
            Presentation.quoted(try data.string())
        }
    }

    /// A character-string that may be omitted.
    static func optionalString(_ what: String) -> DataField {
        DataField { fields throws(PresentationError) in
            fields.isAtEnd ? [] : RecordData.characterString(try fields.string(what))
        } write: { data throws(MessageError) in
            data.isAtEnd ? "" : Presentation.quoted(try data.string())
        }
    }

    /// One or more character-strings, to the end.
    static let strings = DataField { fields throws(PresentationError) in
        var octets: [UInt8] = []
        repeat {
            octets += RecordData.characterString(try fields.string("text"))
        } while !fields.isAtEnd
        return octets
    } write: { data throws(MessageError) in
        var strings: [String] = []
        repeat {
            strings.append(Presentation.quoted(try data.string()))
        } while !data.isAtEnd
        return strings.joined(separator: " ")
    }

    /// A string without a length, to the end.
    static func text(_ what: String) -> DataField {
        DataField { fields throws(PresentationError) in
            try fields.string(what, maximum: RecordData.maximumLength)
        } write: { data throws(MessageError) in
            Presentation.quoted(data.rest())
        }
    }

    /// A string without a length, to the end and always in quotes (RFC 7553 section 4.4).
    static func quotedText(_ what: String) -> DataField {
        DataField { fields throws(PresentationError) in
            let token = try fields.next(what, mayBeQuoted: true)
            guard token.isQuoted else {
                throw PresentationError("\(fields.type) \(what) “\(token.text)” must be in quotes (RFC 7553 section 4.4)")
            }
            return try Presentation.unescaped(token.octets)
        } write: { data throws(MessageError) in
            Presentation.quoted(data.rest())
        }
    }

    /// The tag of a CAA record: letters and digits (RFC 8659 section 4.1).
    static let tag = DataField { fields throws(PresentationError) in
        let tag = try Presentation.unescaped(try fields.next("tag").octets)
        guard isTag(tag) else { throw PresentationError("a CAA tag is made of letters and digits, as “issue” is") }
        return RecordData.characterString(tag)
    } write: { data throws(MessageError) in
        let tag = try data.string()
        guard isTag(tag) else { throw data.malformed() }
        return String(decoding: tag, as: UTF8.self)
    }

    private static func isTag(_ octets: [UInt8]) -> Bool {
        !octets.isEmpty && octets.allSatisfy { 0x30...0x39 ~= $0 || 0x41...0x5A ~= $0 || 0x61...0x7A ~= $0 }
    }

    /// An X.25 address: at least four digits (RFC 1183 section 3.1).
    static let digits = DataField { fields throws(PresentationError) in
        let digits = try fields.string("address")
        guard areDigits(digits) else { throw PresentationError("\(fields.type) address must have four digits or more") }
        return RecordData.characterString(digits)
    } write: { data throws(MessageError) in
        let digits = try data.string()
        guard areDigits(digits) else { throw data.malformed() }
        return Presentation.quoted(digits)
    }

    private static func areDigits(_ octets: [UInt8]) -> Bool {
        octets.count >= 4 && octets.allSatisfy { 0x30...0x39 ~= $0 }
    }
}
