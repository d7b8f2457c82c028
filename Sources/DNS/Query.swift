/// The parts of a query that matter to the answer: its question, its OPT record and its signature, if it has them. Names and options stay
/// in the message.
package struct Query: Sendable {
    /// The range of the question's name in the message, in wire form. It is empty without a question, as in a message that only asks for a
    /// cookie (RFC 7873 section 5.4).
    package private(set) var name = 0..<0
    package private(set) var type = RecordType(rawValue: 0)
    package private(set) var `class` = RecordClass(rawValue: 0)
    package private(set) var edns: EDNS?
    /// The serial of the zone's first SOA record in the authority section: the version of the zone that the sender of an IXFR query has
    /// (RFC 1995 section 3). Records of other owners and classes do not count.
    package private(set) var heldSerial: SerialNumber?
    /// The offset of the TSIG record; `nil` if there is none.
    private var signatureStart: Int?

    /// Reads the rest of a message after its header.
    ///
    /// - Precondition: the header counts at most one question.
    /// - Throws: ``MessageError`` for any violation of RFC 1035 section 4, RFC 6891 section 6.1 or RFC 8945 section 5.1.
    package init(of message: Span<UInt8>, header: Header) throws(MessageError) {
        var position = Header.length
        if header.questionCount == 1 {
            try message.skipUncompressedName(at: &position)
            name = Header.length..<position
            type = RecordType(rawValue: try message.readUInt16(at: &position))
            `class` = RecordClass(rawValue: try message.readUInt16(at: &position))
        }
        let earlierRecords = Int(header.answerCount) + Int(header.authorityCount)
        for index in 0..<earlierRecords + Int(header.additionalCount) {
            let start = position
            guard signatureStart == nil else { throw MessageError(.misplacedTSIG, at: start) }
            try message.skipName(at: &position)
            let type = RecordType(rawValue: try message.readUInt16(at: &position))
            if type == .opt {
                guard edns == nil, index >= earlierRecords, message[start] == 0 else {
                    throw MessageError(.misplacedOPT, at: start)
                }
                edns = try EDNS(ofRecord: message, at: &position)
            } else if type == .tsig {
                guard index >= earlierRecords else { throw MessageError(.misplacedTSIG, at: start) }
                signatureStart = start
                position = start
                _ = try TransactionSignature(of: message, at: &position)
            } else {
                let recordClass = RecordClass(rawValue: try message.readUInt16(at: &position))
                try message.skip(4, at: &position)
                let length = Int(try message.readUInt16(at: &position))
                try message.skip(length, at: &position)
                if self.type == .ixfr, type == .soa, recordClass == .in, heldSerial == nil, length >= 22,
                    index >= Int(header.answerCount), index < earlierRecords, isQuestionName(at: start, in: message)
                {
                    // The serial begins 20 octets before the end (RFC 1035 section 3.3.13).
                    var place = position - 20
                    heldSerial = SerialNumber(try message.readUInt32(at: &place))
                }
            }
        }
        guard position == message.count else { throw MessageError(.trailingOctets, at: position) }
    }

    private func isQuestionName(at start: Int, in message: Span<UInt8>) -> Bool {
        var (place, first) = (start, Header.length)
        guard let name = try? DomainName(of: message, at: &place) else { return false }
        return name == (try? DomainName(of: message, at: &first))
    }

    package var hasQuestion: Bool { !name.isEmpty }

    /// Whether the query asks for data in class IN. The other classes, and the query and meta types (RFC 6895 section 3.1), have rules of
    /// their own.
    package var isForData: Bool { `class` == .in && !(128...255 ~= type.rawValue) }

    /// A copy of the question; `nil` if there is none.
    package func question(in message: Span<UInt8>) -> Question? {
        var position = Header.length
        return hasQuestion ? try? Question(of: message, at: &position) : nil
    }

    /// The query's signature; `nil` if there is none.
    package func signature(in message: Span<UInt8>) -> TransactionSignature? {
        guard var position = signatureStart else { return nil }
        return try? TransactionSignature(of: message, at: &position)
    }
}
