/// Name compression (RFC 1035 section 4.1.4).
extension MessageWriter {
    /// Writes a name in wire form, or the labels of it that fit.
    ///
    /// - Returns: whether the whole name fit.
    mutating func writeName(_ name: Span<UInt8>) -> Bool {
        if name.count == questionNameLength, isPartOfQuestion(at: Header.length, name) {
            return appendPointer(to: UInt16(Header.length))
        }
        if labelOffsetCount == 0 { rememberLabelsOfQuestion() }
        var position = 0
        while name[position] != 0 {
            if let offset = offset(ofName: name.extracting(position...)) { return appendPointer(to: offset) }
            let end = position + 1 + Int(name[position])
            guard count + end - position <= limit else { return false }
            rememberLabel(at: count, nameLength: name.count - position)
            append(name.extracting(position..<end))
            position = end
        }
        guard count < limit else { return false }
        append(UInt8(0))
        return true
    }

    /// Writes the owner of an RRset's first record.
    ///
    /// - Parameter owner: the owner in wire form; `nil` for the question's name.
    mutating func writeOwner(_ owner: Span<UInt8>?) -> Bool {
        if let owner { return writeName(owner) }
        // The root is shorter than a pointer to it.
        if questionNameLength > 0 { return appendPointer(to: UInt16(Header.length)) }
        guard count < limit else { return false }
        append(UInt8(0))
        return true
    }

    /// Writes the owner of another record of an RRset whose first record is at an offset.
    mutating func writeOwnerAgain(at offset: Int, _ owner: Span<UInt8>?) -> Bool {
        let first = UInt16(octet(at: offset)) << 8 | UInt16(octet(at: offset + 1))
        let isRoot = first < 0x0100
        guard !isRoot, first >= 0xC000 || offset <= Self.maximumPointer else { return writeOwner(owner) }
        return appendPointer(to: first >= 0xC000 ? first & 0x3FFF : UInt16(offset))
    }

    private mutating func appendPointer(to offset: UInt16) -> Bool {
        guard count + 2 <= limit else { return false }
        append(0xC000 | offset)
        return true
    }

    /// Runs only before another name than the question's is written: most responses have no other.
    private mutating func rememberLabelsOfQuestion() {
        guard questionNameLength > 0 else { return }
        var offset = Header.length
        while octet(at: offset) != 0 {
            rememberLabel(at: offset, nameLength: Header.length + questionNameLength - offset)
            offset += Int(octet(at: offset)) + 1
        }
    }

    private mutating func rememberLabel(at offset: Int, nameLength: Int) {
        // Responses hold few different names: labels beyond this number are not remembered.
        guard labelOffsetCount < labelOffsets.count, offset <= Self.maximumPointer else { return }
        labelOffsets[labelOffsetCount] = UInt16(offset)
        nameLengths[labelOffsetCount] = UInt8(nameLength)
        labelOffsetCount += 1
    }

    /// Whether a name equals the rest of the question's name from an offset on, which is as long and has no pointer.
    private func isPartOfQuestion(at offset: Int, _ name: Span<UInt8>) -> Bool {
        unsafe name.withUnsafeBytes { name in
            unsafe ASCIICase.equal(name, UnsafeRawBufferPointer(start: storage + offset, count: name.count))
        }
    }

    /// The offset of an equal name that was written earlier; `nil` if there is none.
    private func offset(ofName name: Span<UInt8>) -> UInt16? {
        let length = UInt8(name.count)
        for index in 0..<labelOffsetCount where nameLengths[index] == length {
            let offset = Int(labelOffsets[index])
            if offset < Header.length + questionNameLength {
                if isPartOfQuestion(at: offset, name) { return labelOffsets[index] }
            } else if isName(at: offset, equalTo: name) {
                return labelOffsets[index]
            }
        }
        return nil
    }

    /// Whether the name written at an offset equals an uncompressed one, without regard to case.
    private func isName(at offset: Int, equalTo name: Span<UInt8>) -> Bool {
        var offset = offset
        var index = 0
        while true {
            while octet(at: offset) & 0xC0 == 0xC0 {
                offset = Int(octet(at: offset) & 0x3F) << 8 | Int(octet(at: offset + 1))
            }
            let length = octet(at: offset)
            guard length == name[index] else { return false }
            guard length > 0 else { return true }
            for step in 1...Int(length)
            where ASCIICase.lowercased(octet(at: offset + step)) != ASCIICase.lowercased(name[index + step]) {
                return false
            }
            offset += Int(length) + 1
            index += Int(length) + 1
            // The name that is being written has no end yet.
            guard offset < count else { return false }
        }
    }
}
