extension Presentation {
    /// A word of an entry. A quoted word keeps its blanks.
    struct Token {
        /// The octets as written, with their backslashes. They need not be UTF-8.
        var octets: [UInt8]
        var isQuoted: Bool
        /// Whether no blank separates this word from the one before it.
        var followsDirectly = false

        /// The word as text, for error messages and for words that must be ASCII to be valid.
        var text: String { String(decoding: octets, as: UTF8.self) }
    }

    /// One record or directive: a line, or several lines within parentheses.
    struct Entry {
        /// The number of the first line, counted from 1.
        var line: Int
        /// Whether the line begins with a blank, which stands for the previous owner.
        var beginsWithBlank: Bool
        var tokens: [Token]
    }

    /// Splits text into entries and words. It honours quotes, backslashes, parentheses and comments, which begin with a semicolon.
    struct Scanner {
        private var octets: ArraySlice<UInt8>
        private(set) var line = 1

        init(_ octets: [UInt8]) {
            self.octets = octets[...]
        }

        /// Returns the next entry that is not empty; `nil` at the end of the text.
        ///
        /// - Throws: ``PresentationError`` for an open quotation mark or an unbalanced parenthesis. Scanning may go on after it.
        mutating func next() throws(PresentationError) -> Entry? {
            while !octets.isEmpty {
                let entry = try nextEntry()
                if !entry.tokens.isEmpty { return entry }
            }
            return nil
        }

        private mutating func nextEntry() throws(PresentationError) -> Entry {
            var entry = Entry(line: line, beginsWithBlank: octets.first == 0x20 || octets.first == 0x09, tokens: [])
            var word: [UInt8]?
            var isQuoted = false
            // Whether the next word directly follows another one.
            var follows = false
            var depth = 0
            func finishWord() {
                guard let octets = word else { return }
                entry.tokens.append(Token(octets: octets, isQuoted: isQuoted, followsDirectly: follows))
                word = nil
                follows = true
            }
            while let octet = octets.popFirst() {
                switch octet {
                case UInt8(ascii: "\n"):
                    line += 1
                    if isQuoted { throw PresentationError("a quotation mark is not closed") }
                    finishWord()
                    follows = false
                    if depth == 0 { return entry }
                case UInt8(ascii: "\\"):
                    // A backslash does not escape the end of a line.
                    let next = octets.first == UInt8(ascii: "\n") ? nil : octets.popFirst()
                    if word == nil { word = [] }
                    word?.append(octet)
                    if let next { word?.append(next) }
                case UInt8(ascii: "\""):
                    finishWord()
                    isQuoted.toggle()
                    if isQuoted { word = [] }
                case _ where isQuoted:
                    word?.append(octet)
                case 0x20, 0x09, 0x0D:
                    finishWord()
                    follows = false
                case UInt8(ascii: ";"):
                    finishWord()
                    while let next = octets.first, next != UInt8(ascii: "\n") { octets.removeFirst() }
                case UInt8(ascii: "("):
                    finishWord()
                    follows = false
                    depth += 1
                case UInt8(ascii: ")"):
                    finishWord()
                    follows = false
                    guard depth > 0 else { throw PresentationError("a parenthesis is closed but was not opened") }
                    depth -= 1
                default:
                    if word == nil { word = [] }
                    word?.append(octet)
                }
            }
            guard !isQuoted else { throw PresentationError("a quotation mark is not closed") }
            guard depth == 0 else { throw PresentationError("a parenthesis is not closed") }
            finishWord()
            return entry
        }
    }
}
