/// Octets that are written as digits.
extension DataField {
    /// Hexadecimal digits to the end, at least one octet.
    static let hexadecimal = DataField { fields throws(PresentationError) in
        try fields.hexadecimal()
    } write: { data throws(MessageError) in
        guard !data.isAtEnd else { throw data.malformed() }
        return Presentation.hexadecimal(data.rest())
    }

    /// An algorithm's number and its digest, to the end.
    ///
    /// - Parameters:
    ///   - lengths: the lengths of known digests by algorithm, in octets.
    ///   - minimum: the minimum length of all others.
    static func digest(
        _ what: String, lengths: [UInt8: Int], minimum: Int = 1, names: [String: UInt8] = [:]
    ) -> DataField {
        @Sendable func isRight(_ count: Int, _ algorithm: UInt8) -> Bool {
            lengths[algorithm].map { $0 == count } ?? (count >= minimum)
        }
        return DataField { fields throws(PresentationError) in
            let algorithm: UInt8 = try fields.number(what, names: names)
            let digest = try fields.hexadecimal()
            guard isRight(digest.count, algorithm) else {
                let wanted = lengths[algorithm].map { "\($0)" } ?? "at least \(minimum)"
                throw PresentationError(
                    "\(fields.type) digest has \(digest.count) octets; with \(what) \(algorithm) it must have \(wanted)")
            }
            return [algorithm] + digest
        } write: { data throws(MessageError) in
            let algorithm = try data.uint8()
            let digest = data.rest()
            guard isRight(digest.count, algorithm) else { throw data.malformed() }
            return "\(algorithm) \(Presentation.hexadecimal(digest))"
        }
    }

    /// Base64 to the end, at least one octet.
    static func base64(_ what: String) -> DataField {
        DataField { fields throws(PresentationError) in
            let octets = try fields.base64(what)
            guard !octets.isEmpty else { throw PresentationError("\(fields.type) data lacks its \(what)") }
            return octets
        } write: { data throws(MessageError) in
            guard !data.isAtEnd else { throw data.malformed() }
            return Presentation.base64(data.rest())
        }
    }

    /// Base64 to the end, or no octets.
    static func optionalBase64(_ what: String) -> DataField {
        DataField { fields throws(PresentationError) in
            try fields.base64(what)
        } write: { data throws(MessageError) in
            Presentation.base64(data.rest())
        }
    }

    /// Base64 to the end, or a hyphen for no octets (DOA).
    static func base64OrHyphen(_ what: String) -> DataField {
        DataField { fields throws(PresentationError) in
            if fields.nextText == "-" {
                _ = try fields.next(what)
                return []
            }
            let octets = try fields.base64(what)
            guard !octets.isEmpty else { throw PresentationError("\(fields.type) data lacks its \(what): “-” stands for none") }
            return octets
        } write: { data throws(MessageError) in
            data.isAtEnd ? "-" : Presentation.base64(data.rest())
        }
    }

    /// One word with a length before its octets; a hyphen if there are none (RFC 5155 section 3.3).
    static let salt = DataField { fields throws(PresentationError) in
        let token = try fields.next("salt")
        if token.text == "-" { return [0] }
        guard let octets = Presentation.octets(ofHexadecimal: token.octets), 1...255 ~= octets.count else {
            throw PresentationError("\(fields.type) salt “\(token.text)” is neither “-” nor pairs of hexadecimal digits")
        }
        return RecordData.characterString(octets)
    } write: { data throws(MessageError) in
        let octets = try data.string()
        return octets.isEmpty ? "-" : Presentation.hexadecimal(octets)
    }

    /// One word with a length before its octets (RFC 5155 section 3.3).
    static let hashedName = DataField { fields throws(PresentationError) in
        let token = try fields.next("hashed name")
        guard let octets = Presentation.octets(ofBase32Hexadecimal: token.octets), 1...255 ~= octets.count else {
            throw PresentationError("\(fields.type) hashed name “\(token.text)” is not base32 with the hexadecimal alphabet")
        }
        return RecordData.characterString(octets)
    } write: { data throws(MessageError) in
        let octets = try data.string()
        guard !octets.isEmpty else { throw data.malformed() }
        return Presentation.base32Hexadecimal(octets)
    }

    /// Pairs of hexadecimal digits, joined by hyphens (RFC 7043).
    static func hyphenated(octets count: Int) -> DataField {
        DataField { fields throws(PresentationError) in
            let text = try fields.next("address").text
            let pairs = text.split(separator: "-", omittingEmptySubsequences: false)
            let octets = Presentation.octets(ofHexadecimal: pairs.joined().utf8)
            guard pairs.count == count, pairs.allSatisfy({ $0.utf8.count == 2 }), let octets else {
                throw PresentationError("“\(text)” is not \(count) pairs of hexadecimal digits with hyphens between them")
            }
            return octets
        } write: { data throws(MessageError) in
            try data.octets(count).map { Presentation.hexadecimal([$0]) }.joined(separator: "-")
        }
    }

    /// `0x` and hexadecimal digits, with optional dots between them (RFC 1706 section 7).
    static let nsapAddress = DataField { fields throws(PresentationError) in
        let text = try fields.next("address").text
        let digits = text.dropFirst(2).utf8.filter { $0 != UInt8(ascii: ".") }
        guard text.lowercased().hasPrefix("0x"), !digits.isEmpty, let octets = Presentation.octets(ofHexadecimal: digits)
        else { throw PresentationError("“\(text)” is not an NSAP address like 0x47.0005.80.005a00") }
        return octets
    } write: { data throws(MessageError) in
        guard !data.isAtEnd else { throw data.malformed() }
        return "0x" + Presentation.hexadecimal(data.rest())
    }

    /// An ATM address: `+` and digits (E.164), or hexadecimal digits with optional dots between them (AESA).
    static let atmAddress = DataField { fields throws(PresentationError) in
        let text = try fields.next("address").text
        if text.hasPrefix("+") {
            let digits = Array(text.utf8.dropFirst())
            guard !digits.isEmpty, digits.allSatisfy({ 0x30...0x39 ~= $0 }) else {
                throw PresentationError("“\(text)” is not an address of digits like +61200000000")
            }
            return [1] + digits
        }
        let digits = text.utf8.filter { $0 != UInt8(ascii: ".") }
        guard !digits.isEmpty, let octets = Presentation.octets(ofHexadecimal: digits) else {
            throw PresentationError("“\(text)” is neither “+” and digits nor pairs of hexadecimal digits")
        }
        return [0] + octets
    } write: { data throws(MessageError) in
        let format = try data.uint8()
        let octets = data.rest()
        switch format {
        case 0 where !octets.isEmpty: return Presentation.hexadecimal(octets)
        case 1 where !octets.isEmpty && octets.allSatisfy({ 0x30...0x39 ~= $0 }):
            return "+" + String(decoding: octets, as: UTF8.self)
        default: throw data.malformed()
        }
    }
}
