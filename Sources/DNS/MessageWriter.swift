/// Writes one message after the other into a buffer that it keeps.
///
/// Nothing is ever written beyond the limit: a record or RRset that does not fit is left out whole, and the caller is told.
/// Names are compressed (RFC 1035 section 4.1.4); one that equals an earlier name points there and so has its case.
package struct MessageWriter: Sendable {
    /// The message so far.
    package private(set) var octets: [UInt8] = []
    /// The most octets that the message may have.
    package private(set) var limit = Self.maximumLength
    private var counts = (question: UInt16(0), answer: UInt16(0), authority: UInt16(0), additional: UInt16(0))
    /// Where labels of names written so far begin, for compression.
    private var labelOffsets: [UInt16] = []

    package static let maximumLength = Int(UInt16.max)
    /// More names than this are not remembered: responses hold few different ones.
    private static let maximumLabelOffsets = 48

    package init() {
        octets.reserveCapacity(4096)
        labelOffsets.reserveCapacity(Self.maximumLabelOffsets)
    }

    package enum Section: Sendable { case answer, authority, additional }

    /// Starts a new message. The header's counts are set by ``finish()``.
    ///
    /// - Parameter limit: in octets; at least a header's twelve.
    package mutating func begin(identifier: UInt16, flags: Header.Flags, limit: Int) {
        precondition(limit >= Header.length && limit <= Self.maximumLength)
        octets.removeAll(keepingCapacity: true)
        labelOffsets.removeAll(keepingCapacity: true)
        counts = (0, 0, 0, 0)
        self.limit = limit
        append(identifier)
        append(flags.rawValue)
        for _ in 0..<4 { append(UInt16(0)) }
    }

    package mutating func setFlags(_ flags: Header.Flags) {
        set(flags.rawValue, at: 2)
    }

    /// Keeps octets of the limit free for something that must fit later, or gives them back if negative.
    package mutating func reserve(_ length: Int) {
        limit -= length
    }

    /// Writes the counts: the message is complete.
    package mutating func finish() {
        set(counts.question, at: 4)
        set(counts.answer, at: 6)
        set(counts.authority, at: 8)
        set(counts.additional, at: 10)
    }

    /// Writes a question, its name never compressed and in its own case.
    @discardableResult
    package mutating func write(_ question: Question) -> Bool {
        guard octets.count + question.name.wire.count + 4 <= limit else { return false }
        var position = 0
        while question.name.wire[position] != 0, labelOffsets.count < Self.maximumLabelOffsets {
            labelOffsets.append(UInt16(octets.count + position))
            position += Int(question.name.wire[position]) + 1
        }
        octets.append(contentsOf: question.name.wire)
        append(question.type.rawValue)
        append(question.class.rawValue)
        counts.question += 1
        return true
    }

    /// Writes all of an RRset or nothing of it.
    ///
    /// - Returns: whether it fit.
    package mutating func write(_ rrset: RRset, of class: RecordClass = .in, in section: Section) -> Bool {
        let mark = (octets: octets.count, labels: labelOffsets.count)
        for data in rrset.data {
            guard writeRecord(owner: rrset.owner, class: `class`, ttl: rrset.ttl, data: data) else {
                octets.removeSubrange(mark.octets...)
                labelOffsets.removeSubrange(mark.labels...)
                return false
            }
        }
        count(rrset.data.count, in: section)
        return true
    }

    /// Writes an OPT record into the additional section.
    @discardableResult
    package mutating func write(_ edns: EDNS) -> Bool {
        guard octets.count + edns.recordLength <= limit else { return false }
        octets.append(0)
        append(RecordType.opt.rawValue)
        append(edns.payloadSize)
        octets.append(edns.extendedResponseCode)
        octets.append(edns.version)
        append(edns.isDNSSECOK ? UInt16(0x8000) : 0)
        append(UInt16(edns.recordLength - EDNS.emptyRecordLength))
        for option in edns.options {
            append(option.code.rawValue)
            append(UInt16(option.data.count))
            octets.append(contentsOf: option.data)
        }
        count(1, in: .additional)
        return true
    }

    /// Writes a TSIG record into the additional section, its names never compressed (RFC 8945 section 4.2).
    @discardableResult
    package mutating func write(_ data: RecordData, ofKey name: DomainName) -> Bool {
        guard octets.count + name.wire.count + 10 + data.octets.count <= limit else { return false }
        octets.append(contentsOf: name.wire)
        append(data.type.rawValue)
        append(RecordClass.any.rawValue)
        for _ in 0..<2 { append(UInt16(0)) }
        append(UInt16(data.octets.count))
        octets.append(contentsOf: data.octets)
        count(1, in: .additional)
        return true
    }

    private mutating func writeRecord(owner: DomainName, class: RecordClass, ttl: UInt32, data: RecordData) -> Bool {
        writeName(owner)
        append(data.type.rawValue)
        append(`class`.rawValue)
        append(UInt16(ttl >> 16))
        append(UInt16(truncatingIfNeeded: ttl))
        let lengthOffset = octets.count
        append(UInt16(0))
        writeData(data)
        guard octets.count <= limit else { return false }
        set(UInt16(octets.count - lengthOffset - 2), at: lengthOffset)
        return true
    }

    private mutating func writeData(_ data: RecordData) {
        guard let (offset, nameCount) = data.compressibleNames else {
            octets.append(contentsOf: data.octets)
            return
        }
        octets.append(contentsOf: data.octets[..<offset])
        var position = offset
        for _ in 0..<nameCount {
            guard let name = try? DomainName(of: data.octets.span, at: &position) else { break }
            writeName(name)
        }
        octets.append(contentsOf: data.octets[position...])
    }

    private mutating func writeName(_ name: DomainName) {
        var position = 0
        while name.wire[position] != 0 {
            if let offset = labelOffsets.first(where: { isName(at: Int($0), equalTo: name.wire, from: position) }) {
                append(0xC000 | offset)
                return
            }
            if octets.count < 0x4000, labelOffsets.count < Self.maximumLabelOffsets {
                labelOffsets.append(UInt16(octets.count))
            }
            let end = position + 1 + Int(name.wire[position])
            octets.append(contentsOf: name.wire[position..<end])
            position = end
        }
        octets.append(0)
    }

    /// Whether the name written at an offset equals an uncompressed one, without regard to case.
    private func isName(at offset: Int, equalTo wire: [UInt8], from start: Int) -> Bool {
        var offset = offset
        var index = start
        while true {
            while octets[offset] & 0xC0 == 0xC0 {
                offset = Int(octets[offset] & 0x3F) << 8 | Int(octets[offset + 1])
            }
            let length = octets[offset]
            guard length == wire[index] else { return false }
            guard length > 0 else { return true }
            for step in 1...Int(length)
            where ASCIICase.lowercased(octets[offset + step]) != ASCIICase.lowercased(wire[index + step]) {
                return false
            }
            offset += Int(length) + 1
            index += Int(length) + 1
            // A name that is being written now has no end yet.
            guard offset < octets.count else { return false }
        }
    }

    private mutating func count(_ records: Int, in section: Section) {
        switch section {
        case .answer: counts.answer += UInt16(records)
        case .authority: counts.authority += UInt16(records)
        case .additional: counts.additional += UInt16(records)
        }
    }

    private mutating func append(_ value: UInt16) {
        octets.append(UInt8(value >> 8))
        octets.append(UInt8(truncatingIfNeeded: value))
    }

    private mutating func set(_ value: UInt16, at offset: Int) {
        octets[offset] = UInt8(value >> 8)
        octets[offset + 1] = UInt8(truncatingIfNeeded: value)
    }
}
