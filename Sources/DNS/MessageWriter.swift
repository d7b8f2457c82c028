/// Writes one message after the other into memory that it owns: writing allocates nothing.
///
/// A writer never writes beyond the limit: a record or RRset that does not fit is left out whole, and the caller learns of it. Names are
/// compressed (RFC 1035 section 4.1.4): one that equals an earlier name points there, and so takes its case.
@safe
package struct MessageWriter: ~Copyable {
    let storage: UnsafeMutableRawPointer
    /// The number of octets in the message so far.
    package internal(set) var count = 0
    /// The maximum number of octets in the message.
    package private(set) var limit = Self.maximumLength
    /// The numbers of questions and of the records of each section, as the header's last eight octets have them.
    private var counts: UInt64 = 0
    /// The offsets of labels of the names written so far, for compression.
    var labelOffsets: InlineArray<48, UInt16> = .init(repeating: 0)
    /// The uncompressed lengths of the names that begin there, in octets.
    var nameLengths: InlineArray<48, UInt8> = .init(repeating: 0)
    var labelOffsetCount = 0
    /// The length of the question's name, which is the owner of most records; 0 if there is no question or the name is the root.
    var questionNameLength = 0

    package static let maximumLength = Int(UInt16.max)
    /// The largest offset that a compression pointer can hold.
    static let maximumPointer = 0x3FFF

    package init() {
        unsafe storage = UnsafeMutableRawPointer.allocate(byteCount: Self.maximumLength, alignment: 8)
    }

    deinit {
        unsafe storage.deallocate()
    }

    package enum Section: Int, Sendable { case answer = 1, authority, additional }

    /// A copy of the message.
    package var octets: [UInt8] {
        unsafe withOctets { unsafe Array($0) }
    }

    package func withOctets<Outcome>(_ body: (UnsafeRawBufferPointer) throws -> Outcome) rethrows -> Outcome {
        try unsafe body(UnsafeRawBufferPointer(start: storage, count: count))
    }

    // MARK: A message

    /// Begins a message. ``finish()`` sets the header's counts.
    ///
    /// - Parameter limit: the maximum length in octets, at least a header's twelve.
    package mutating func begin(identifier: UInt16, flags: Header.Flags, limit: Int) {
        precondition(limit >= Header.length && limit <= Self.maximumLength)
        self.limit = limit
        count = 0
        counts = 0
        labelOffsetCount = 0
        questionNameLength = 0
        append(UInt32(identifier) << 16 | UInt32(flags.rawValue))
        append(UInt64(0))
    }

    /// TC
    package var isTruncated: Bool { count >= Header.length && octet(at: 2) & 0x02 != 0 }

    package mutating func setFlags(_ flags: Header.Flags) {
        set(flags.rawValue, at: 2)
    }

    /// Reserves octets of the limit for something that must fit later. A negative length releases them.
    package mutating func reserve(_ length: Int) {
        limit -= length
    }

    /// Writes the counts, which completes the message.
    package mutating func finish() {
        set(counts, at: 4)
    }

    /// Counts records that were written. No message has room for 65,536 of them.
    mutating func count(_ records: Int = 1, in section: Section) {
        counts &+= UInt64(UInt16(truncatingIfNeeded: records)) << (48 - 16 * UInt64(section.rawValue))
    }

    /// The state of a message before a part that may not fit.
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

    /// Writes a question. Its name is never compressed and keeps its case.
    ///
    /// - Parameter name: the name, in wire form.
    @discardableResult
    package mutating func writeQuestion(_ name: Span<UInt8>, type: RecordType, class: RecordClass) -> Bool {
        guard count + name.count + 4 <= limit else { return false }
        // The root is shorter than a pointer to it.
        questionNameLength = count == Header.length && name.count > 2 ? name.count : 0
        append(name)
        append(UInt32(type.rawValue) << 16 | UInt32(`class`.rawValue))
        counts &+= 1 << 48
        return true
    }

    @discardableResult
    package mutating func write(_ question: Question) -> Bool {
        writeQuestion(question.name.wire.span, type: question.type, class: question.class)
    }

    /// Writes an RRset, whole or not at all.
    ///
    /// - Returns: whether it fit.
    package mutating func write(_ rrset: RRset, of class: RecordClass = .in, in section: Section) -> Bool {
        write(rrset, owner: rrset.owner.wire.span, of: `class`, in: section)
    }

    /// Writes an RRset, whole or not at all, with an owner other than its own: a name that a wildcard stands for, or one in another case.
    ///
    /// - Parameter owner: the owner in wire form; `nil` for the question's name.
    /// - Returns: whether it fit.
    package mutating func write(
        _ rrset: RRset, owner: Span<UInt8>?, of class: RecordClass = .in, in section: Section
    ) -> Bool {
        let mark = mark
        for index in rrset.data.indices {
            let data = rrset.data[index]
            guard index == 0 ? writeOwner(owner) : writeOwnerAgain(at: mark.count, owner), count + 10 <= limit else {
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
        count(rrset.data.count, in: section)
        return true
    }

    /// Writes finished records, whose owner is a pointer to the question's name: all of them or none.
    ///
    /// - Returns: whether they fit; `false` without a question, or if its name is the root.
    package mutating func writeRecords(_ records: Span<UInt8>, count recordCount: Int, in section: Section) -> Bool {
        guard questionNameLength > 0, count + records.count <= limit else { return false }
        append(records)
        count(recordCount, in: section)
        return true
    }

    /// Sets the serial number of the SOA record that was just written.
    package mutating func setSerialOfLastSOA(_ serial: UInt32) {
        guard count >= Header.length + 20 else { return }
        set(UInt16(serial >> 16), at: count - 20)
        set(UInt16(truncatingIfNeeded: serial), at: count - 18)
    }

    /// Writes a TSIG record into the additional section. Its names are never compressed (RFC 8945 section 4.2).
    @discardableResult
    package mutating func write(_ data: RecordData, ofKey name: DomainName) -> Bool {
        guard count + name.wire.count + 10 + data.octets.count <= limit else { return false }
        append(name.wire.span)
        appendRecordStart(type: data.type, class: .any, ttl: 0)
        append(UInt16(data.octets.count))
        append(data.octets.span)
        count(in: .additional)
        return true
    }

    /// - Returns: `false` if the data does not fit.
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
                // Data that is not a name is written as it is.
                position = start
                break
            }
            guard writeName(octets.extracting(start..<position)) else { return false }
        }
        guard count + octets.count - position <= limit else { return false }
        append(octets.extracting(position...))
        return true
    }

    // MARK: Octets

    func octet(at offset: Int) -> UInt8 {
        precondition(offset < count)
        return unsafe storage.load(fromByteOffset: offset, as: UInt8.self)
    }

    mutating func appendRecordStart(type: RecordType, class: RecordClass, ttl: UInt32) {
        append(UInt64(type.rawValue) << 48 | UInt64(`class`.rawValue) << 32 | UInt64(ttl))
    }

    mutating func append(_ octets: Span<UInt8>) {
        precondition(octets.count <= Self.maximumLength - count)
        unsafe octets.withUnsafeBytes { octets in
            if let start = octets.baseAddress {
                unsafe (storage + count).copyMemory(from: start, byteCount: octets.count)
            }
        }
        count += octets.count
    }

    mutating func append(_ value: some FixedWidthInteger) {
        let length = value.bitWidth / 8
        precondition(length <= Self.maximumLength - count)
        unsafe storage.storeBytes(of: value.bigEndian, toByteOffset: count, as: type(of: value))
        count += length
    }

    mutating func set(_ value: some FixedWidthInteger, at offset: Int) {
        precondition(offset >= 0 && offset + value.bitWidth / 8 <= count)
        unsafe storage.storeBytes(of: value.bigEndian, toByteOffset: offset, as: type(of: value))
    }
}
