/// What an OPT record says (RFC 6891 section 6.1).
package struct EDNS: Hashable, Sendable {
    /// How many octets the sender can take in one UDP message.
    package var payloadSize: UInt16
    /// The upper eight bits of the response code.
    package var extendedResponseCode: UInt8
    package var version: UInt8
    /// DO: the sender wants DNSSEC records (RFC 3225).
    package var isDNSSECOK: Bool
    /// Of options that were read, those that this program knows.
    package var options: [EDNSOption]

    package init(
        payloadSize: UInt16, extendedResponseCode: UInt8 = 0, version: UInt8 = 0, isDNSSECOK: Bool = false,
        options: [EDNSOption] = []
    ) {
        self.payloadSize = payloadSize
        self.extendedResponseCode = extendedResponseCode
        self.version = version
        self.isDNSSECOK = isDNSSECOK
        self.options = options
    }

    /// Octets of the OPT record.
    package var recordLength: Int { options.reduce(Self.emptyRecordLength) { $0 + $1.length } }

    /// Octets of an OPT record without options.
    package static let emptyRecordLength = 11

    /// The data of the first option of a kind.
    package func option(_ code: EDNSOption.Code) -> [UInt8]? {
        options.first { $0.code == code }?.data
    }

    /// Reads an OPT record from behind its owner and type on, and moves the position behind it. Options must be well formed;
    /// unknown ones are passed over (RFC 6891 section 6.1.2).
    package init(ofRecord message: Span<UInt8>, at position: inout Int) throws(MessageError) {
        payloadSize = try message.readUInt16(at: &position)
        extendedResponseCode = try message.readUInt8(at: &position)
        version = try message.readUInt8(at: &position)
        isDNSSECOK = try message.readUInt16(at: &position) & 0x8000 != 0
        options = []
        let end = Int(try message.readUInt16(at: &position)) + position
        // What stands in a record of another version only that version's own text says.
        guard version == 0 else {
            try message.skip(end - position, at: &position)
            return
        }
        while position < end {
            let code = EDNSOption.Code(rawValue: try message.readUInt16(at: &position))
            let length = Int(try message.readUInt16(at: &position))
            // Of an option that comes twice the first counts, so that no message makes many.
            if code.isKnown, !options.contains(where: { $0.code == code }) {
                options.append(EDNSOption(code, try message.readOctets(length, at: &position)))
            } else {
                try message.skip(length, at: &position)
            }
        }
        guard position == end else { throw MessageError(.wrongLength, at: position) }
    }
}

/// An option of an OPT record.
package struct EDNSOption: Hashable, Sendable {
    package var code: Code
    package var data: [UInt8]

    /// - Precondition: at most 65,535 octets.
    package init(_ code: Code, _ data: [UInt8]) {
        precondition(data.count <= Int(UInt16.max))
        self.code = code
        self.data = data
    }

    /// Octets with its code and length.
    package var length: Int { 4 + data.count }

    package struct Code: RawRepresentable, Hashable, Sendable {
        package let rawValue: UInt16

        package init(rawValue: UInt16) {
            self.rawValue = rawValue
        }

        /// RFC 5001
        package static let nsid = Code(rawValue: 3)
        /// RFC 7873
        package static let cookie = Code(rawValue: 10)
        /// RFC 7828
        package static let tcpKeepalive = Code(rawValue: 11)
        /// RFC 7830
        package static let padding = Code(rawValue: 12)
        /// RFC 8914
        package static let extendedError = Code(rawValue: 15)

        var isKnown: Bool { [.nsid, .cookie, .tcpKeepalive, .padding, .extendedError].contains(self) }
    }

    package static func extendedError(_ code: ExtendedError) -> EDNSOption {
        EDNSOption(.extendedError, RecordData.octets(code.rawValue))
    }
}

/// Why a response is as it is, beyond its response code (RFC 8914 section 4).
package struct ExtendedError: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    package static let staleAnswer = ExtendedError(rawValue: 3)
    package static let prohibited = ExtendedError(rawValue: 18)
    package static let notAuthoritative = ExtendedError(rawValue: 20)
    package static let notSupported = ExtendedError(rawValue: 21)
}
