import DNS

/// A query as far as it matters to the answer: its question, its OPT record and its signature, if it has them.
struct Query {
    /// Nothing in a message that only asks for a cookie (RFC 7873 section 5.4).
    var question: Question?
    var edns: EDNS?
    var signature: TransactionSignature?

    /// Reads all of a message behind its header.
    ///
    /// - Precondition: the header promises one question at most.
    /// - Throws: ``MessageError`` for anything that is not as RFC 1035 section 4, RFC 6891 section 6.1 and RFC 8945 section 5.1 say.
    init(of message: Span<UInt8>, header: Header) throws(MessageError) {
        var position = Header.length
        if header.questionCount == 1 { question = try Question(of: message, at: &position) }
        let earlierRecords = Int(header.answerCount) + Int(header.authorityCount)
        for index in 0..<earlierRecords + Int(header.additionalCount) {
            let start = position
            guard signature == nil else { throw MessageError(.misplacedTSIG, at: start) }
            try message.skipName(at: &position)
            let type = RecordType(rawValue: try message.readUInt16(at: &position))
            switch type {
            case .opt:
                guard edns == nil, index >= earlierRecords, message[start] == 0 else {
                    throw MessageError(.misplacedOPT, at: start)
                }
                edns = try EDNS(ofRecord: message, at: &position)
            case .tsig:
                guard index >= earlierRecords else { throw MessageError(.misplacedTSIG, at: start) }
                var nameStart = start
                let keyName = try DomainName(of: message, at: &nameStart)
                signature = try TransactionSignature(keyName: keyName, ofRecord: message, at: &position)
            default:
                try message.skip(6, at: &position)
                let length = Int(try message.readUInt16(at: &position))
                try message.skip(length, at: &position)
            }
        }
        guard position == message.count else { throw MessageError(.trailingOctets, at: position) }
    }
}
