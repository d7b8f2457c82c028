/// One resource record of class IN (RFC 1035 section 3.2.1).
package struct ResourceRecord: Hashable, Sendable {
    package var owner: DomainName
    /// The TTL in seconds, at most 2^31 - 1 (RFC 2181 section 8).
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
        let data = data.description
        return "\(owner) \(ttl) IN \(self.data.type)" + (data.isEmpty ? "" : " \(data)")
    }

    /// Reads a record on one line: `OWNER [TTL] [CLASS] TYPE RDATA` (RFC 1035 section 5.1). Names must have their final dots.
    ///
    /// - Throws: ``PresentationError`` that names the invalid field.
    package init(_ line: some StringProtocol, defaultTTL: UInt32 = 3600) throws(PresentationError) {
        var scanner = Presentation.Scanner(Array(line.utf8))
        guard let entry = try scanner.next() else { throw PresentationError("the record is empty") }
        guard try scanner.next() == nil else { throw PresentationError("there is more than one record") }
        if let first = entry.tokens.first, first.text.hasPrefix("$"), !first.isQuoted {
            throw PresentationError(
                "\(first.text) is for zone files, and this is one record: write the records themselves")
        }
        let owner = try DomainName(entry.tokens[0], relativeTo: nil)
        let written = try WrittenRecord(entry.tokens.dropFirst())
        self.init(owner: owner, ttl: written.ttl ?? defaultTTL, data: try written.data(origin: nil))
    }
}

/// The part of a record after its owner.
struct WrittenRecord {
    /// The TTL in seconds; `nil` if the record has none of its own.
    let ttl: UInt32?
    let type: RecordType
    private let fields: [Presentation.Token]

    /// - Throws: ``PresentationError`` if the type, or a field before it, cannot be served.
    init(_ tokens: ArraySlice<Presentation.Token>) throws(PresentationError) {
        var tokens = tokens
        var ttl: UInt32?
        var sawClass = false
        while let token = tokens.popFirst() {
            guard !token.isQuoted else {
                throw PresentationError("“\(token.text)” is in quotes: a TTL, a class or a type must not be")
            }
            let word = token.text.uppercased()
            if ["IN", "CLASS1"].contains(word), !sawClass {
                sawClass = true
            } else if ["CH", "CHAOS", "HS", "HESIOD", "CS"].contains(word) || word.hasPrefix("CLASS") {
                throw PresentationError("class \(token.text) is not served: only IN is")
            } else if ttl == nil, let first = word.utf8.first, 0x30...0x39 ~= first {
                guard let seconds = Presentation.seconds(token.text) else {
                    throw PresentationError("“\(token.text)” is not a TTL of at most 2147483647 s (RFC 2181 section 8)")
                }
                ttl = seconds
            } else if let type = RecordType(token.text) {
                guard !type.isMeta else { throw PresentationError("\(type) is not a type that a zone can hold") }
                self.ttl = ttl
                self.type = type
                fields = Array(tokens)
                return
            } else {
                throw PresentationError("“\(token.text)” is neither a TTL, nor the class IN, nor a record type")
            }
        }
        throw PresentationError("the record has no type: write OWNER TTL IN TYPE DATA")
    }

    /// - Parameter origin: the origin of names without a final dot; `nil` if there must be no such names.
    func data(origin: DomainName?) throws(PresentationError) -> RecordData {
        try RecordData(type: type, fields: fields, origin: origin)
    }
}
