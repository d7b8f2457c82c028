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
}

extension ResourceRecord: CustomStringConvertible {
    package var description: String {
        "\(owner) \(ttl) IN \(data.type) \(data)"
    }

    /// Reads a record on one line: `OWNER [TTL] [CLASS] TYPE RDATA` (RFC 1035 section 5.1), names with their final dots.
    ///
    /// - Throws: ``PresentationError`` that names the field that is wrong.
    package init(_ line: some StringProtocol, defaultTTL: UInt32 = 3600) throws(PresentationError) {
        var scanner = Presentation.Scanner(line)
        guard let entry = try scanner.next() else { throw PresentationError("the record is empty") }
        guard try scanner.next() == nil else { throw PresentationError("there is more than one record") }
        let owner = try DomainName(entry.tokens[0].text, relativeTo: nil)
        try self.init(owner: owner, fields: entry.tokens.dropFirst(), defaultTTL: defaultTTL, origin: nil)
    }

    /// Reads what stands behind a record's owner.
    ///
    /// - Parameters:
    ///   - defaultTTL: of a record without one; nothing if each must have its own.
    ///   - origin: what names without a final dot are below; nothing where there must be none.
    init(
        owner: DomainName, fields: ArraySlice<Presentation.Token>, defaultTTL: UInt32?, origin: DomainName?
    ) throws(PresentationError) {
        var fields = fields
        var ttl: UInt32?
        var sawClass = false
        while let token = fields.popFirst() {
            let word = token.text.uppercased()
            if word == "IN", !sawClass {
                sawClass = true
            } else if ["CH", "CHAOS", "HS", "CS"].contains(word) || word.hasPrefix("CLASS") {
                throw PresentationError("class \(token.text) is not served: only IN is")
            } else if ttl == nil, let first = word.utf8.first, 0x30...0x39 ~= first {
                guard let seconds = Presentation.seconds(token.text) else {
                    throw PresentationError("“\(token.text)” is not a TTL of at most 2147483647 s (RFC 2181 section 8)")
                }
                ttl = seconds
            } else if let type = RecordType(token.text) {
                guard !type.isMeta else { throw PresentationError("\(type) is not a type that a zone can hold") }
                guard let ttl = ttl ?? defaultTTL else {
                    throw PresentationError("the record has no TTL, and no $TTL is before it")
                }
                let data = try RecordData(type: type, fields: Array(fields), origin: origin)
                self.init(owner: owner, ttl: ttl, data: data)
                return
            } else {
                throw PresentationError("“\(token.text)” is neither a TTL, nor the class IN, nor a record type")
            }
        }
        throw PresentationError("the record has no type: write OWNER TTL IN TYPE DATA")
    }
}
