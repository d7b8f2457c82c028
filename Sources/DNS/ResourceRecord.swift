/// One resource record of class IN (RFC 1035 section 3.2.1).
package struct ResourceRecord: Hashable, Sendable {
    package var owner: DomainName
    /// Seconds; at most 2^31 - 1 (RFC 2181 section 8).
    package var ttl: UInt32
    package var data: RecordData

    package init(owner: DomainName, ttl: UInt32, data: RecordData) {
        self.owner = owner
        self.ttl = ttl
        self.data = data
    }

    package static let maximumTTL: UInt32 = 0x7FFF_FFFF
}

extension ResourceRecord: CustomStringConvertible {
    package var description: String {
        "\(owner) \(ttl) IN \(data.type) \(data)"
    }

    /// Reads a record on one line: `OWNER [TTL] [CLASS] TYPE RDATA` (RFC 1035 section 5.1), names with their final dots.
    ///
    /// - Throws: ``PresentationError`` that names the field that is wrong.
    package init(_ line: some StringProtocol, defaultTTL: UInt32 = 3600) throws(PresentationError) {
        var tokens = try Presentation.tokens(of: line)[...]
        guard let ownerText = tokens.popFirst()?.text else { throw PresentationError("the record is empty") }
        owner = try DomainName(inRecord: ownerText)
        ttl = defaultTTL
        var sawClass = false
        var sawTTL = false
        while let token = tokens.popFirst() {
            let word = token.text.uppercased()
            if word == "IN", !sawClass {
                sawClass = true
            } else if ["CH", "CHAOS", "HS", "CS"].contains(word) || word.hasPrefix("CLASS") {
                throw PresentationError("class \(token.text) is not served: only IN is")
            } else if word.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let number = UInt64(word), !sawTTL {
                guard number <= UInt64(Self.maximumTTL) else {
                    throw PresentationError("a TTL of \(number) s is more than the \(Self.maximumTTL) s of RFC 2181")
                }
                ttl = UInt32(number)
                sawTTL = true
            } else if let type = RecordType(token.text) {
                guard !type.isMeta else { throw PresentationError("\(type) is not a type that a zone can hold") }
                data = try RecordData(type: type, fields: Array(tokens))
                return
            } else {
                throw PresentationError("“\(token.text)” is neither a TTL, nor the class IN, nor a record type")
            }
        }
        throw PresentationError("the record has no type: write OWNER TTL IN TYPE DATA")
    }
}
