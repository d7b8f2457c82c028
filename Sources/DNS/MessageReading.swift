/// An error in a message's octets, and its place.
package struct MessageError: Error, Hashable {
    package enum Reason: Hashable, Sendable {
        /// The message is shorter than its lengths and counts say.
        case endsEarly
        /// A label's first two bits are neither 00 nor 11 (RFC 1035 section 4.1.4).
        case unknownLabelKind
        /// A compression pointer does not point to an earlier name (RFC 1035 section 4.1.4).
        case pointerNotBackwards
        /// A name has more compression pointers than a name can have labels.
        case tooManyPointers
        /// A name has more than 255 octets.
        case nameTooLong
        /// More than one OPT record, one outside the additional section, or one whose owner is not the root (RFC 6891 section 6.1.1).
        case misplacedOPT
        /// A TSIG record that is not the last of the additional section, or not of class ANY and TTL 0 (RFC 8945 section 5.1).
        case misplacedTSIG
        /// EDNS options, a TSIG record or RDATA do not end where they should.
        case wrongLength
        /// Octets follow the last record.
        case trailingOctets
    }

    package var reason: Reason
    /// The offset at which the error was found, in octets from the start of the message.
    package var position: Int

    package init(_ reason: Reason, at position: Int) {
        self.reason = reason
        self.position = position
    }
}

/// Bounds-checked reading. Each function moves `position` past what it has read.
extension Span<UInt8> {
    package func readUInt8(at position: inout Int) throws(MessageError) -> UInt8 {
        guard position < count else { throw MessageError(.endsEarly, at: position) }
        defer { position += 1 }
        return self[position]
    }

    package func readUInt16(at position: inout Int) throws(MessageError) -> UInt16 {
        guard count - position >= 2 else { throw MessageError(.endsEarly, at: position) }
        defer { position += 2 }
        return load(UInt16.self, at: position)
    }

    /// A number in network order.
    ///
    /// - Precondition: it lies within the octets.
    func load<Number: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_: Number.Type, at offset: Int) -> Number {
        precondition(offset >= 0 && offset <= count - MemoryLayout<Number>.size)
        let number = unsafe withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: offset, as: Number.self) }
        return Number(bigEndian: number)
    }

    package func readUInt32(at position: inout Int) throws(MessageError) -> UInt32 {
        let high = try readUInt16(at: &position)
        let low = try readUInt16(at: &position)
        return UInt32(high) << 16 | UInt32(low)
    }

    package func readOctets(_ length: Int, at position: inout Int) throws(MessageError) -> [UInt8] {
        guard count - position >= length else { throw MessageError(.endsEarly, at: position) }
        defer { position += length }
        var octets: [UInt8] = []
        octets.reserveCapacity(length)
        for index in position..<position + length { octets.append(self[index]) }
        return octets
    }

    package func skip(_ length: Int, at position: inout Int) throws(MessageError) {
        guard count - position >= length else { throw MessageError(.endsEarly, at: position) }
        position += length
    }
}

extension DomainName {
    /// Reads a name, following compression pointers (RFC 1035 section 4.1.4), and moves the position past it.
    ///
    /// Each pointer must point to before the name in which it stands, so reading cannot loop. There are at most 127 pointers, one for each
    /// label: otherwise a message of 64 KiB could hold thousands of names that lead through thousands of pointers each.
    package init(of message: Span<UInt8>, at position: inout Int) throws(MessageError) {
        var wire: [UInt8] = []
        wire.reserveCapacity(64)
        var cursor = position
        var lowest = position
        var pointerCount = 0
        var end: Int?
        while true {
            let length = Int(try message.readUInt8(at: &cursor))
            switch length >> 6 {
            case 0b00:
                guard wire.count + 1 + length <= DomainName.maximumWireLength else {
                    throw MessageError(.nameTooLong, at: cursor - 1)
                }
                guard message.count - cursor >= length else { throw MessageError(.endsEarly, at: cursor) }
                wire.append(UInt8(length))
                for index in cursor..<cursor + length { wire.append(message[index]) }
                cursor += length
                if length == 0 {
                    position = end ?? cursor
                    self.init(wellFormedWire: wire)
                    return
                }
                // The root label must still fit.
                guard wire.count < DomainName.maximumWireLength else { throw MessageError(.nameTooLong, at: cursor) }
            case 0b11:
                let target = (length & 0x3F) << 8 | Int(try message.readUInt8(at: &cursor))
                guard target >= Header.length, target < lowest else {
                    throw MessageError(.pointerNotBackwards, at: cursor - 2)
                }
                pointerCount += 1
                guard pointerCount <= DomainName.maximumLabelCount else {
                    throw MessageError(.tooManyPointers, at: cursor - 2)
                }
                end = end ?? cursor
                lowest = target
                cursor = target
            default:
                throw MessageError(.unknownLabelKind, at: cursor - 1)
            }
        }
    }
}

extension Span<UInt8> {
    /// Moves the position past a name that must not be compressed, such as the first of a message.
    func skipUncompressedName(at position: inout Int) throws(MessageError) {
        let start = position
        while true {
            let length = Int(try readUInt8(at: &position))
            guard length > 0 else { break }
            guard length >> 6 == 0 else {
                throw MessageError(length >> 6 == 0b11 ? .pointerNotBackwards : .unknownLabelKind, at: position - 1)
            }
            try skip(length, at: &position)
        }
        guard position - start <= DomainName.maximumWireLength else { throw MessageError(.nameTooLong, at: position) }
    }

    /// Moves the position past a name without following its compression pointer.
    package func skipName(at position: inout Int) throws(MessageError) {
        while true {
            let length = Int(try readUInt8(at: &position))
            switch length >> 6 {
            case 0b00:
                guard length > 0 else { return }
                try skip(length, at: &position)
            case 0b11:
                return try skip(1, at: &position)
            default:
                throw MessageError(.unknownLabelKind, at: position - 1)
            }
        }
    }
}
