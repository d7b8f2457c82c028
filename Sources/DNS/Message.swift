/// A whole message that anybody can have sent, read to its end (RFC 1035 section 4).
///
/// Clients read responses with it, and so does all that is not on the server's path, which has ``Query``. A message of 65,535 octets has
/// fewer than 6,000 records, and each name takes a bounded time (``DomainName/init(of:at:)``): so does the message.
package struct Message: Sendable {
    /// The message as it was received. All ranges are in it.
    package let octets: [UInt8]
    package let header: Header
    package let questions: [Question]
    package let answers: [Record]
    package let authorities: [Record]
    /// The additional section without its OPT record; a TSIG record is the last.
    package let additionals: [Record]
    /// The OPT record; `nil` if there is none.
    package let edns: EDNS?

    /// Reads a message.
    ///
    /// - Throws: ``MessageError`` with its offset, for any violation of RFC 1035 section 4, RFC 6891 section 6.1 or RFC 8945 section 5.1, and
    ///   for octets after the last record. What stands in the RDATA of other records is not read.
    package init(_ octets: [UInt8]) throws(MessageError) {
        let message = octets.span
        var position = Header.length
        header = try Header(of: message)
        var questions: [Question] = []
        for _ in 0..<header.questionCount { questions.append(try Question(of: message, at: &position)) }
        self.questions = questions
        answers = try Self.records(header.answerCount, of: message, at: &position)
        authorities = try Self.records(header.authorityCount, of: message, at: &position)
        (additionals, edns) = try Self.additionals(header.additionalCount, of: message, at: &position)
        guard position == message.count else { throw MessageError(.trailingOctets, at: position) }
        self.octets = octets
    }

    private static func records(
        _ count: UInt16, of message: Span<UInt8>, at position: inout Int
    ) throws(MessageError) -> [Record] {
        var records: [Record] = []
        for _ in 0..<count {
            let start = position
            let record = try Record(of: message, at: &position)
            guard record.type != .opt else { throw MessageError(.misplacedOPT, at: start) }
            guard record.type != .tsig else { throw MessageError(.misplacedTSIG, at: start) }
            records.append(record)
        }
        return records
    }

    private static func additionals(
        _ count: UInt16, of message: Span<UInt8>, at position: inout Int
    ) throws(MessageError) -> ([Record], EDNS?) {
        var records: [Record] = []
        var edns: EDNS?
        for _ in 0..<count {
            let start = position
            guard records.last?.type != .tsig else { throw MessageError(.misplacedTSIG, at: start) }
            let record = try Record(of: message, at: &position)
            var fields = record.fieldsStart
            if record.type == .opt {
                guard edns == nil, message[start] == 0 else { throw MessageError(.misplacedOPT, at: start) }
                edns = try EDNS(ofRecord: message, at: &fields)
            } else {
                if record.type == .tsig {
                    _ = try TransactionSignature(keyName: record.owner, ofRecord: message, at: &fields)
                }
                records.append(record)
            }
        }
        return (records, edns)
    }

    /// The response code with its upper eight bits, which are in the OPT record (RFC 6891 section 6.1.3).
    package var responseCode: ResponseCode {
        ResponseCode(rawValue: UInt16(edns?.extendedResponseCode ?? 0) << 4 | header.flags.responseCode.rawValue)
    }
}

extension Message {
    /// One record of a message (RFC 1035 section 4.1.3). Its RDATA stays in the message: ``Message/data(of:)`` reads it.
    package struct Record: Hashable, Sendable {
        package let owner: DomainName
        package let type: RecordType
        package let `class`: RecordClass
        /// The TTL as it was sent, in seconds; also above the limit of RFC 2181 section 8.
        package let ttl: UInt32
        /// The range of the RDATA in the message.
        package let data: Range<Int>

        init(of message: Span<UInt8>, at position: inout Int) throws(MessageError) {
            owner = try DomainName(of: message, at: &position)
            type = RecordType(rawValue: try message.readUInt16(at: &position))
            `class` = RecordClass(rawValue: try message.readUInt16(at: &position))
            ttl = try message.readUInt32(at: &position)
            let length = Int(try message.readUInt16(at: &position))
            let start = position
            try message.skip(length, at: &position)
            data = start..<position
        }

        /// The offset of the class, after which OPT and TSIG records have fields of their own.
        fileprivate var fieldsStart: Int { data.lowerBound - 8 }
    }
}
