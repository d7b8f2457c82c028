/// Writes one message after the other into memory that it keeps: writing allocates nothing.
///
/// Nothing is ever written beyond the limit: a record or RRset that does not fit is left out whole, and the caller is told.
/// Names are compressed (RFC 1035 section 4.1.4); one that equals an earlier name points there and so has its case.
@safe
package struct MessageWriter: ~Copyable {
    private let storage: UnsafeMutableRawBufferPointer
    /// How many octets the message has so far.
    package private(set) var count = 0
    /// The most octets that the message may have.
    package private(set) var limit = Self.maximumLength
    private var counts: InlineArray<4, UInt16> = [0, 0, 0, 0]
    /// Where labels of names written so far begin, for compression.
    private var labelOffsets: InlineArray<48, UInt16> = .init(repeating: 0)
    /// How many octets the name has that begins there, uncompressed.
    private var nameLengths: InlineArray<48, UInt8> = .init(repeating: 0)
    private var labelOffsetCount = 0
    /// The length of the question's name, which is the owner of most records; 0 if there is no question.
    private var questionNameLength = 0

    package static let maximumLength = Int(UInt16.max)
    /// The largest label offset that a compression pointer can have.
    private static let maximumPointer = 0x3FFF

    package init() {
        unsafe storage = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.maximumLength, alignment: 8)
    }

    deinit {
        unsafe storage.deallocate()
    }

    package enum Section: Int, Sendable { case answer = 1, authority, additional }

    /// The message, as an array of its own.
    package var octets: [UInt8] {
        unsafe withOctets { unsafe Array($0) }
    }

    package func withOctets<Outcome>(_ body: (UnsafeRawBufferPointer) throws -> Outcome) rethrows -> Outcome {
        try unsafe body(UnsafeRawBufferPointer(rebasing: storage[..<count]))
    }

    // MARK: A message

    /// Starts a new message. The header's counts are set by ``finish()``.
    ///
    /// - Parameter limit: in octets; at least a header's twelve.
    package mutating func begin(identifier: UInt16, flags: Header.Flags, limit: Int) {
        precondition(limit >= Header.length && limit <= Self.maximumLength)
        self.limit = limit
        count = 0
        counts = [0, 0, 0, 0]
        labelOffsetCount = 0
        questionNameLength = 0
        append(identifier)
        append(flags.rawValue)
        append(UInt64(0))
    }

    /// TC
    package var isTruncated: Bool { count >= Header.length && octet(at: 2) & 0x02 != 0 }

    package mutating func setFlags(_ flags: Header.Flags) {
        set(flags.rawValue, at: 2)
    }

    /// Keeps octets of the limit free for something that must fit later, or gives them back if negative.
    package mutating func reserve(_ length: Int) {
        limit -= length
    }

    /// Writes the counts: the message is complete.
    package mutating func finish() {
        for section in 0..<4 { set(counts[section], at: 4 + 2 * section) }
    }

    /// Where a message stood when something was begun that may not fit.
    private struct Mark {
        var count: Int
        var labelOffsetCount: Int
    }

    private var mark: Mark { Mark(count: count, labelOffsetCount: labelOffsetCount) }

    private mutating func takeBack(to mark: Mark) {
        count = mark.count
        labelOffsetCount = mark.labelOffsetCount
    }

    // MARK: Questions and records

    /// Writes a question, its name never compressed and in its own case.
    ///
    /// - Parameter name: in wire form.
    @discardableResult
    package mutating func writeQuestion(_ name: Span<UInt8>, type: RecordType, class: RecordClass) -> Bool {
        guard count + name.count + 4 <= limit else { return false }
        // The root is shorter than a pointer to it.
        questionNameLength = count == Header.length && name.count > 2 ? name.count : 0
        append(name)
        append(UInt32(type.rawValue) << 16 | UInt32(`class`.rawValue))
        counts[0] += 1
        return true
    }

    @discardableResult
    package mutating func write(_ question: Question) -> Bool {
        writeQuestion(question.name.wire.span, type: question.type, class: question.class)
    }

    /// Writes all of an RRset or nothing of it.
    ///
    /// - Returns: whether it fit.
    package mutating func write(_ rrset: RRset, of class: RecordClass = .in, in section: Section) -> Bool {
        write(rrset, owner: rrset.owner.wire.span, of: `class`, in: section)
    }

    /// Writes all of an RRset, or nothing of it, with another owner than its own: one for which a wildcard stands, or in another
    /// case.
    ///
    /// - Parameter owner: in wire form.
    /// - Returns: whether it fit.
    package mutating func write(
        _ rrset: RRset, owner: Span<UInt8>, of class: RecordClass = .in, in section: Section
    ) -> Bool {
        let mark = mark
        for index in rrset.data.indices {
            let data = rrset.data[index]
            guard index == 0 ? writeName(owner) : writeOwnerAgain(at: mark.count, owner), count + 10 <= limit else {
                takeBack(to: mark)
                return false
            }
            appendRecordStart(type: data.type, class: `class`, ttl: rrset.ttl)
            let lengthOffset = count
            append(UInt16(0))
            guard write(data), count <= limit else {
                takeBack(to: mark)
                return false
            }
            set(UInt16(count - lengthOffset - 2), at: lengthOffset)
        }
        counts[section.rawValue] += UInt16(rrset.data.count)
        return true
    }

    /// Writes records of one owner and type whose data stand one behind the other and are equally long, all of them or none.
    ///
    /// - Parameters:
    ///   - owner: in wire form.
    ///   - data: `recordCount` times `dataLength` octets.
    /// - Returns: whether they fit.
    package mutating func writeRecords(
        _ type: RecordType, owner: Span<UInt8>, ttl: UInt32, data: Span<UInt8>, dataLength: Int, in section: Section
    ) -> Bool {
        let mark = mark
        var start = 0
        while start < data.count {
            guard start == 0 ? writeName(owner) : writeOwnerAgain(at: mark.count, owner), count + 10 + dataLength <= limit
            else {
                takeBack(to: mark)
                return false
            }
            appendRecordStart(type: type, class: .in, ttl: ttl)
            append(UInt16(dataLength))
            append(data.extracting(start..<start + dataLength))
            counts[section.rawValue] += 1
            start += dataLength
        }
        return true
    }

    /// Sets the serial number of the SOA record that was just written.
    package mutating func setSerialOfLastSOA(_ serial: UInt32) {
        guard count >= Header.length + 20 else { return }
        set(UInt16(serial >> 16), at: count - 20)
        set(UInt16(truncatingIfNeeded: serial), at: count - 18)
    }

    /// Writes a TSIG record into the additional section, its names never compressed (RFC 8945 section 4.2).
    @discardableResult
    package mutating func write(_ data: RecordData, ofKey name: DomainName) -> Bool {
        guard count + name.wire.count + 10 + data.octets.count <= limit else { return false }
        append(name.wire.span)
        appendRecordStart(type: data.type, class: .any, ttl: 0)
        append(UInt16(data.octets.count))
        append(data.octets.span)
        counts[Section.additional.rawValue] += 1
        return true
    }

    // MARK: OPT

    /// Begins an OPT record in the additional section; options follow.
    ///
    /// - Returns: where its length stands, for ``endOPT(lengthAt:)``; nothing if not even an empty one fits.
    package mutating func beginOPT(_ edns: EDNS) -> Int? {
        guard count + EDNS.emptyRecordLength <= limit else { return nil }
        append(UInt8(0))
        append(RecordType.opt.rawValue)
        append(edns.payloadSize)
        append(edns.extendedResponseCode)
        append(edns.version)
        append(edns.isDNSSECOK ? UInt16(0x8000) : 0)
        append(UInt16(0))
        counts[Section.additional.rawValue] += 1
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

    // MARK: Names

    /// - Returns: false if the data is longer than what is left of the message.
    private mutating func write(_ data: RecordData) -> Bool {
        guard let (offset, nameCount) = data.compressibleNames else {
            guard count + data.octets.count <= limit else { return false }
            append(data.octets.span)
            return true
        }
        guard count + offset <= limit else { return false }
        let octets = data.octets.span
        append(octets.extracting(..<offset))
        var position = offset
        for _ in 0..<nameCount {
            let start = position
            guard (try? octets.skipName(at: &position)) != nil else {
                // Data that is no name is written as it is.
                position = start
                break
            }
            guard writeName(octets.extracting(start..<position)) else { return false }
        }
        guard count + octets.count - position <= limit else { return false }
        append(octets.extracting(position...))
        return true
    }

    /// Writes a name in wire form, or the part of it that fits.
    ///
    /// - Returns: whether all of it did.
    private mutating func writeName(_ name: Span<UInt8>) -> Bool {
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

    /// Writes the owner of a further record of an RRset, whose first record is at an offset.
    private mutating func writeOwnerAgain(at offset: Int, _ owner: Span<UInt8>) -> Bool {
        let first = UInt16(octet(at: offset)) << 8 | UInt16(octet(at: offset + 1))
        // The root is no longer than a pointer to it.
        guard owner.count > 2, first >= 0xC000 || offset <= Self.maximumPointer else { return writeName(owner) }
        return appendPointer(to: first >= 0xC000 ? first & 0x3FFF : UInt16(offset))
    }

    private mutating func appendPointer(to offset: UInt16) -> Bool {
        guard count + 2 <= limit else { return false }
        append(0xC000 | offset)
        return true
    }

    /// When a name is written that is not the question's: most responses have no other one.
    private mutating func rememberLabelsOfQuestion() {
        guard questionNameLength > 0 else { return }
        var offset = Header.length
        while octet(at: offset) != 0 {
            rememberLabel(at: offset, nameLength: Header.length + questionNameLength - offset)
            offset += Int(octet(at: offset)) + 1
        }
    }

    private mutating func rememberLabel(at offset: Int, nameLength: Int) {
        // Responses hold few different names: more than this are not remembered.
        guard labelOffsetCount < labelOffsets.count, offset <= Self.maximumPointer else { return }
        labelOffsets[labelOffsetCount] = UInt16(offset)
        nameLengths[labelOffsetCount] = UInt8(nameLength)
        labelOffsetCount += 1
    }

    /// Whether a name is what stands in the question's name from an offset on: as many octets, without a pointer among them.
    private func isPartOfQuestion(at offset: Int, _ name: Span<UInt8>) -> Bool {
        unsafe name.withUnsafeBytes { name in
            unsafe ASCIICase.equal(name, UnsafeRawBufferPointer(rebasing: storage[offset..<offset + name.count]))
        }
    }

    /// Where an equal name was written.
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
            // A name that is being written now has no end yet.
            guard offset < count else { return false }
        }
    }

    // MARK: Octets

    private func octet(at offset: Int) -> UInt8 {
        precondition(offset < count)
        return unsafe storage[offset]
    }

    private mutating func appendRecordStart(type: RecordType, class: RecordClass, ttl: UInt32) {
        append(UInt64(type.rawValue) << 48 | UInt64(`class`.rawValue) << 32 | UInt64(ttl))
    }

    private mutating func append(_ octets: Span<UInt8>) {
        precondition(octets.count <= Self.maximumLength - count)
        unsafe octets.withUnsafeBytes { octets in
            unsafe UnsafeMutableRawBufferPointer(rebasing: storage[count...]).copyMemory(from: octets)
        }
        count += octets.count
    }

    private mutating func append(_ value: some FixedWidthInteger) {
        let length = value.bitWidth / 8
        precondition(length <= Self.maximumLength - count)
        unsafe storage.storeBytes(of: value.bigEndian, toByteOffset: count, as: type(of: value))
        count += length
    }

    private mutating func set(_ value: UInt16, at offset: Int) {
        precondition(offset + 2 <= count)
        unsafe storage.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt16.self)
    }
}
