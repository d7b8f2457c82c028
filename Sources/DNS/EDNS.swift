/// The content of an OPT record (RFC 6891 section 6.1). Its options stay in the message.
package struct EDNS: Hashable, Sendable {
    /// The number of octets that the sender can receive in one UDP message.
    package var payloadSize: UInt16
    /// The upper eight bits of the response code.
    package var extendedResponseCode: UInt8
    package var version: UInt8
    /// DO: the sender wants DNSSEC records (RFC 3225).
    package var isDNSSECOK: Bool
    /// CO: the sender recognises a name that does not exist from the proof alone, and wants the response code to say so, too (RFC 9824
    /// section 5).
    package var isCompactOK: Bool
    /// The range of the options in the message that the record was read from; empty in a record to be written.
    package var options = 0..<0

    package init(
        payloadSize: UInt16, extendedResponseCode: UInt8 = 0, version: UInt8 = 0, isDNSSECOK: Bool = false,
        isCompactOK: Bool = false
    ) {
        self.payloadSize = payloadSize
        self.extendedResponseCode = extendedResponseCode
        self.version = version
        self.isDNSSECOK = isDNSSECOK
        self.isCompactOK = isCompactOK
    }

    /// The length of an OPT record without options, in octets.
    package static let emptyRecordLength = 11

    /// Reads the rest of an OPT record after its owner and type, and moves the position past it. Options must be well formed; unknown ones
    /// are ignored (RFC 6891 section 6.1.2).
    package init(ofRecord message: Span<UInt8>, at position: inout Int) throws(MessageError) {
        let fields = position
        try message.skip(8, at: &position)
        let word = message.load(UInt64.self, at: fields)
        payloadSize = UInt16(word >> 48)
        extendedResponseCode = UInt8(truncatingIfNeeded: word >> 40)
        version = UInt8(truncatingIfNeeded: word >> 32)
        isDNSSECOK = word & 0x8000_0000 != 0
        isCompactOK = word & 0x4000_0000 != 0
        let length = Int(word & 0xFFFF)
        let start = position
        try message.skip(length, at: &position)
        // Only the specification of another version says what its records contain.
        guard version == 0, length > 0 else { return }
        options = start..<position
        var cursor = start
        while cursor < position {
            try message.skip(2, at: &cursor)
            try message.skip(Int(try message.readUInt16(at: &cursor)), at: &cursor)
        }
        guard cursor == position else { throw MessageError(.wrongLength, at: cursor) }
    }

    /// The range of the data of the first option with a code, in the message that the record was read from; `nil` if there is none.
    package func option(_ wanted: EDNSOptionCode, in message: Span<UInt8>) -> Range<Int>? {
        var cursor = options.lowerBound
        while cursor < options.upperBound {
            // The initialiser has checked that the options are well formed.
            guard let code = try? message.readUInt16(at: &cursor), let length = try? message.readUInt16(at: &cursor)
            else { return nil }
            if code == wanted.rawValue { return cursor..<cursor + Int(length) }
            cursor += Int(length)
        }
        return nil
    }
}

/// The code of an option in an OPT record.
package struct EDNSOptionCode: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// RFC 5001
    package static let nsid = EDNSOptionCode(rawValue: 3)
    /// RFC 7873
    package static let cookie = EDNSOptionCode(rawValue: 10)
    /// RFC 7828
    package static let tcpKeepalive = EDNSOptionCode(rawValue: 11)
    /// RFC 7830
    package static let padding = EDNSOptionCode(rawValue: 12)
    /// RFC 8914
    package static let extendedError = EDNSOptionCode(rawValue: 15)
}

/// The reason for a response, beyond its response code (RFC 8914 section 4).
package struct ExtendedError: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    package static let staleAnswer = ExtendedError(rawValue: 3)
    package static let notReady = ExtendedError(rawValue: 14)
    package static let prohibited = ExtendedError(rawValue: 18)
    package static let notAuthoritative = ExtendedError(rawValue: 20)
    package static let notSupported = ExtendedError(rawValue: 21)
    package static let invalidQueryType = ExtendedError(rawValue: 30)
}
