extension RecordData {
    /// The most octets of data that are read from text: enough for all that a message can hold.
    static let maximumLength = 60_000

    /// Reads the RDATA fields of a record.
    ///
    /// - Parameter origin: what names without a final dot are below; `nil` where there must be none.
    init(type: RecordType, fields: [Presentation.Token], origin: DomainName?) throws(PresentationError) {
        var fields = RecordFields(type: type, tokens: fields, origin: origin)
        let form = RecordForm.of(type)
        let octets: [UInt8]
        if fields.isGeneric {
            octets = try fields.genericOctets()
            // They must still be what their type says: a name that is not one would break the responses.
            guard form?.allows(octets) ?? true else {
                throw PresentationError("these octets are not data of type \(type)")
            }
        } else {
            guard let form else {
                throw PresentationError(
                    "data of type \(type) can be written in the form of RFC 3597 only: \\# LENGTH HEXADECIMAL")
            }
            octets = try form.read(&fields)
            guard octets.count <= Self.maximumLength else {
                throw PresentationError("a record holds at most \(Self.maximumLength) octets of data, not \(octets.count)")
            }
        }
        self.init(type: type, octets: octets)
    }
}

extension RecordData: CustomStringConvertible {
    /// The RDATA in presentation form; in that of RFC 3597 where the type has no form of its own, or the octets are not of that form.
    package var description: String { RecordForm.of(type)?.text(of: octets) ?? genericDescription }

    private var genericDescription: String {
        octets.isEmpty ? "\\# 0" : "\\# \(octets.count) \(Presentation.hexadecimal(octets))"
    }
}
