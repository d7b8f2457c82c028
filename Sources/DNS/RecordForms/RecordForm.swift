/// What RDATA of a type consists of. Reading it, writing it, telling whether octets are such data, and the form in which it is signed
/// follow from this.
/// They cannot contradict each other, and a new type is one line.
struct RecordForm: Sendable {
    let fields: [DataField]
    /// Whether names are in lower case where the data is signed (RFC 4034 section 6.2, RFC 6840 section 5.1).
    let lowercasesNames: Bool
    /// Whether octets are of a version or kind that has no words: they are such data, but are written in the generic form alone.
    private var hasNoWords: @Sendable ([UInt8]) -> Bool = { _ in false }

    /// Types that came with or after RFC 3597: their names stay as they are.
    init(_ fields: DataField...) {
        self.fields = fields
        lowercasesNames = false
    }

    private init(fields: [DataField], lowercasesNames: Bool) {
        self.fields = fields
        self.lowercasesNames = lowercasesNames
    }

    /// One of the types that RFC 4034 section 6.2 lists.
    static func older(_ fields: DataField...) -> RecordForm { RecordForm(fields: fields, lowercasesNames: true) }

    /// The same form, which also has octets without words.
    func orNoWords(_ hasNoWords: @escaping @Sendable ([UInt8]) -> Bool) -> RecordForm {
        var form = self
        form.hasNoWords = hasNoWords
        return form
    }

    /// Whether octets are such data.
    func allows(_ octets: [UInt8]) -> Bool { hasNoWords(octets) || text(of: octets) != nil }

    func read(_ words: inout RecordFields) throws(PresentationError) -> [UInt8] {
        var octets: [UInt8] = []
        for field in fields { octets += try field.read(&words) }
        try words.end()
        return octets
    }

    /// The words for octets; `nil` if there are none, or the octets are not such data.
    func text(of octets: [UInt8]) -> String? {
        var data = DataReader(octets)
        return write(&data)
    }

    /// Where names stand in octets; `nil` if the octets are not such data.
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
