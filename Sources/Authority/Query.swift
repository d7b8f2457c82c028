import DNS

/// A query as far as it matters to the answer: its question, and its OPT record if it has one.
struct Query {
    var question: Question
    var edns: EDNS?

    /// Reads all of a message behind its header.
    ///
    /// - Precondition: the header promises one question.
    /// - Throws: ``MessageError`` for anything that is not as RFC 1035 section 4 and RFC 6891 section 6.1 say.
    init(of message: Span<UInt8>, header: Header) throws(MessageError) {
        var position = Header.length
        question = try Question(of: message, at: &position)
        let earlierRecords = Int(header.answerCount) + Int(header.authorityCount)
        for index in 0..<earlierRecords + Int(header.additionalCount) {
            let start = position
            try message.skipName(at: &position)
            let type = RecordType(rawValue: try message.readUInt16(at: &position))
            if type == .opt {
                guard edns == nil, index >= earlierRecords, message[start] == 0 else {
                    throw MessageError(.misplacedOPT, at: start)
                }
                edns = try EDNS(ofRecord: message, at: &position)
            } else {
                try message.skip(6, at: &position)
                let length = Int(try message.readUInt16(at: &position))
                try message.skip(length, at: &position)
            }
        }
        guard position == message.count else { throw MessageError(.trailingOctets, at: position) }
    }
}
