extension RecordData {
    /// The maximum number of octets of data in a type's own form: a message can hold that much.
    static let maximumLength = 60_000

    /// Reads the RDATA fields of a record.
    ///
    /// - Parameter origin: the origin of names without a final dot; `nil` if there must be no such names.
    init(type: RecordType, fields: [Presentation.Token], origin: DomainName?) throws(PresentationError) {
        var fields = RecordFields(type: type, tokens: fields, origin: origin)
        let form = RecordForm.of(type)
        let octets: [UInt8]
        if fields.isGeneric {
            octets = try fields.genericOctets()
            // The octets must still be valid for their type: a malformed name would break responses.
            guard form?.allows(octets) ?? true else {
                throw PresentationError("these octets are not data of type \(type)")
            }
        } else {
            guard let form else {
                throw PresentationError(
                    "data of type \(type) can be written only in the form of RFC 3597: \\# LENGTH HEXADECIMAL")
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
    /// The RDATA in presentation form; in the form of RFC 3597 if the type has no form of its own, or the octets do not match it.
    package var description: String { RecordForm.of(type)?.text(of: octets) ?? genericDescription }

    private var genericDescription: String {
        octets.isEmpty ? "\\# 0" : "\\# \(octets.count) \(Presentation.hexadecimal(octets))"
    }
}
