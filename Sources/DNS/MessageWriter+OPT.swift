/// The OPT record and its options (RFC 6891 section 6.1).
extension MessageWriter {
    /// Begins an OPT record in the additional section; options follow.
    ///
    /// - Returns: the offset of its length, for ``endOPT(lengthAt:)``; `nil` if not even a record without options fits.
    package mutating func beginOPT(_ edns: EDNS) -> Int? {
        guard count + EDNS.emptyRecordLength <= limit else { return nil }
        // The root, the type, the size, the upper bits of the code, the version and the first eight flags; more flags, and the length.
        let flags: UInt64 = (edns.isDNSSECOK ? 0x80 : 0) | (edns.isCompactOK ? 0x40 : 0)
        append(
            UInt64(RecordType.opt.rawValue) << 40 | UInt64(edns.payloadSize) << 24 | UInt64(edns.extendedResponseCode) << 16
                | UInt64(edns.version) << 8 | flags)
        append(UInt8(0))
        append(UInt16(0))
        count(in: .additional)
        return count - 2
    }

    /// Writes an option, if it fits.
    package mutating func writeOption(_ code: EDNSOptionCode, _ data: Span<UInt8>) {
        guard count + 4 + data.count <= limit else { return }
        append(code.rawValue)
        append(UInt16(data.count))
        append(data)
    }

    /// Writes an option of three words in network order, if it fits.
    package mutating func writeOption(_ code: EDNSOptionCode, _ words: InlineArray<3, UInt64>) {
        guard count + 28 <= limit else { return }
        append(code.rawValue)
        append(UInt16(24))
        for index in 0..<3 { append(words[index]) }
    }

    /// Writes an option of two octets, if it fits.
    package mutating func writeOption(_ code: EDNSOptionCode, _ number: UInt16) {
        guard count + 6 <= limit else { return }
        append(code.rawValue)
        append(UInt16(2))
        append(number)
    }

    /// Writes an option of zeros, if it fits.
    package mutating func writeOption(_ code: EDNSOptionCode, zeros: Int) {
        guard count + 4 + zeros <= limit else { return }
        append(code.rawValue)
        append(UInt16(zeros))
        for _ in 0..<zeros { append(UInt8(0)) }
    }

    package mutating func endOPT(lengthAt offset: Int) {
        set(UInt16(count - offset - 2), at: offset)
    }

    /// Writes an OPT record without options.
    @discardableResult
    package mutating func write(_ edns: EDNS) -> Bool {
        beginOPT(edns) != nil
    }
}
