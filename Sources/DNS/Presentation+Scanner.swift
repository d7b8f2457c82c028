extension Presentation {
    /// A word of an entry; what stood in quotes keeps its blanks.
    struct Token {
        /// As they stand in the text, with their backslashes. In a comment or string they need not be UTF-8.
        var octets: [UInt8]
        var isQuoted: Bool
        /// Whether no blank stands between the word before it and this one.
        var followsDirectly = false

        /// For messages, and for words that are ASCII where they are right.
        var text: String { String(decoding: octets, as: UTF8.self) }
    }

    /// One record or directive: a line, or several that parentheses hold together.
    struct Entry {
        /// The number of its first line, from 1 on.
        var line: Int
        /// Whether the line begins with a blank, so that the owner is the one before it.
        var beginsWithBlank: Bool
        var tokens: [Token]
    }

    /// Splits text into entries and words, honouring quotes, backslashes, parentheses and comments that a semicolon begins.
    struct Scanner {
        private var octets: ArraySlice<UInt8>
        private(set) var line = 1

        init(_ octets: [UInt8]) {
            self.octets = octets[...]
        }

        /// The next entry that is not empty; `nil` at the end of the text.
        ///
        /// - Throws: ``PresentationError`` for what was left open; scanning may go on after it.
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
            // Whether the word that is begun next stands directly after another one.
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
                    // A line's end is never escaped.
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
                    guard depth > 0 else { throw PresentationError("a parenthesis is closed that was not opened") }
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
