/// The first twelve octets of every message (RFC 1035 section 4.1.1, RFC 4035 section 3 for AD and CD).
package struct Header: Hashable, Sendable {
    package static let length = 12

    package var identifier: UInt16
    package var flags: Flags
    package var questionCount: UInt16
    package var answerCount: UInt16
    package var authorityCount: UInt16
    package var additionalCount: UInt16

    package init(
        identifier: UInt16, flags: Flags, questionCount: UInt16 = 0, answerCount: UInt16 = 0, authorityCount: UInt16 = 0,
        additionalCount: UInt16 = 0
    ) {
        self.identifier = identifier
        self.flags = flags
        self.questionCount = questionCount
        self.answerCount = answerCount
        self.authorityCount = authorityCount
        self.additionalCount = additionalCount
    }

    /// Reads the header of a message.
    ///
    /// - Throws: ``MessageError`` if there are fewer than twelve octets.
    package init(of message: Span<UInt8>) throws(MessageError) {
        guard message.count >= Self.length else { throw MessageError(.endsEarly, at: message.count / 2 * 2) }
        let start = message.load(UInt32.self, at: 0)
        identifier = UInt16(start >> 16)
        flags = Flags(rawValue: UInt16(truncatingIfNeeded: start))
        let counts = message.load(UInt64.self, at: 4)
        questionCount = UInt16(counts >> 48)
        answerCount = UInt16(truncatingIfNeeded: counts >> 32)
        authorityCount = UInt16(truncatingIfNeeded: counts >> 16)
        additionalCount = UInt16(truncatingIfNeeded: counts)
    }

    /// The sixteen bits between the identifier and the counts.
    package struct Flags: OptionSet, Hashable, Sendable {
        package let rawValue: UInt16

        package init(rawValue: UInt16) {
            self.rawValue = rawValue
        }

        /// QR
        package static let response = Flags(rawValue: 0x8000)
        /// AA
        package static let authoritative = Flags(rawValue: 0x0400)
        /// TC
        package static let truncated = Flags(rawValue: 0x0200)
        /// RD
        package static let recursionDesired = Flags(rawValue: 0x0100)
        /// RA
        package static let recursionAvailable = Flags(rawValue: 0x0080)
        /// AD
        package static let authenticData = Flags(rawValue: 0x0020)
        /// CD
        package static let checkingDisabled = Flags(rawValue: 0x0010)

        package static let opcodeMask = Flags(rawValue: 0x7800)

        package func union(_ other: Flags) -> Flags { Flags(rawValue: rawValue | other.rawValue) }

        package func intersection(_ other: Flags) -> Flags { Flags(rawValue: rawValue & other.rawValue) }

        package func contains(_ other: Flags) -> Bool { rawValue & other.rawValue == other.rawValue }

        package var opcode: Opcode {
            Opcode(rawValue: UInt8(rawValue >> 11 & 0xF))
        }

        /// The lower four bits of the response code.
        package var responseCode: ResponseCode {
            ResponseCode(rawValue: rawValue & 0xF)
        }
    }
}

/// A message's kind of query (RFC 1035 section 4.1.1).
package struct Opcode: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    // The operator that the compiler provides is a generic function.
    package static func == (left: Opcode, right: Opcode) -> Bool { left.rawValue == right.rawValue }

    package static let query = Opcode(rawValue: 0)
    package static let notify = Opcode(rawValue: 4)
    package static let update = Opcode(rawValue: 5)
}
