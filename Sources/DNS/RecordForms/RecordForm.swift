/// The fields of a type's RDATA. Reading, writing, validation and the signed form follow from them: they cannot contradict each other,
/// and a new type is one line.
struct RecordForm: Sendable {
    let fields: [DataField]
    /// Whether names are in lower case in the signed form (RFC 4034 section 6.2, RFC 6840 section 5.1).
    let lowercasesNames: Bool
    /// Whether octets are of a version or kind without words: such data is valid, but written only in the generic form.
    private var hasNoWords: @Sendable ([UInt8]) -> Bool = { _ in false }

    /// Creates a form whose names are signed as they are, as in types that came with or after RFC 3597.
    init(_ fields: DataField...) {
        self.fields = fields
        lowercasesNames = false
    }

    private init(fields: [DataField], lowercasesNames: Bool) {
        self.fields = fields
        self.lowercasesNames = lowercasesNames
    }

    /// Creates a form for one of the types that RFC 4034 section 6.2 lists.
    static func older(_ fields: DataField...) -> RecordForm { RecordForm(fields: fields, lowercasesNames: true) }

    /// Returns the same form, which also accepts octets without words.
    func orNoWords(_ hasNoWords: @escaping @Sendable ([UInt8]) -> Bool) -> RecordForm {
        var form = self
        form.hasNoWords = hasNoWords
        return form
    }

    /// Whether octets are valid data of this form.
    func allows(_ octets: [UInt8]) -> Bool { hasNoWords(octets) || text(of: octets) != nil }

    func read(_ words: inout RecordFields) throws(PresentationError) -> [UInt8] {
        var octets: [UInt8] = []
        for field in fields { octets += try field.read(&words) }
        try words.end()
        return octets
    }

    /// The words for octets; `nil` if they have none or are invalid.
    func text(of octets: [UInt8]) -> String? {
        var data = DataReader(octets)
        return write(&data)
    }

    /// The ranges of names in octets; `nil` if the octets have no words or are invalid.
    func names(in octets: [UInt8]) -> [Range<Int>]? {
        var data = DataReader(octets)
        return write(&data).map { _ in data.names }
    }

    private func write(_ data: inout DataReader) -> String? {
        do {
            var words: [String] = []
            for field in fields {
                let word = try field.write(&data)
                if !word.isEmpty { words.append(word) }
            }
            return data.isAtEnd ? words.joined(separator: " ") : nil
        } catch {
            return nil
        }
    }
}
