package import DNS

/// A parsed response, for tests; all of it must be well formed.
package struct ParsedMessage {
    package var header: Header
    package var questions: [Question] = []
    package var answers: [Record] = []
    package var authorities: [Record] = []
    package var additionals: [Record] = []
    package var edns: OPTRecord?
    /// In octets.
    package var length: Int

    package struct Record: Hashable, CustomStringConvertible {
        package var owner: DomainName
        package var type: RecordType
        package var ttl: UInt32
        /// With its names uncompressed.
        package var data: RecordData

        package var description: String { "\(owner) \(ttl) \(type) \(data)" }
    }

    package init(_ octets: [UInt8]) throws {
        let message = octets.span
        header = try Header(of: message)
        length = octets.count
        var position = Header.length
        for _ in 0..<header.questionCount { questions.append(try Question(of: message, at: &position)) }
        for _ in 0..<header.answerCount { answers.append(try Self.record(of: message, at: &position)) }
        for _ in 0..<header.authorityCount { authorities.append(try Self.record(of: message, at: &position)) }
        for _ in 0..<header.additionalCount {
            var ahead = position
            _ = try DomainName(of: message, at: &ahead)
            if try message.readUInt16(at: &ahead) == RecordType.opt.rawValue {
                edns = OPTRecord(try EDNS(ofRecord: message, at: &ahead), in: message)
                position = ahead
            } else {
                additionals.append(try Self.record(of: message, at: &position))
            }
        }
        guard position == octets.count else { throw MessageError(.trailingOctets, at: position) }
    }

    private static func record(of message: Span<UInt8>, at position: inout Int) throws -> Record {
        let owner = try DomainName(of: message, at: &position)
        let type = RecordType(rawValue: try message.readUInt16(at: &position))
        _ = try message.readUInt16(at: &position)
        let ttl = try message.readUInt32(at: &position)
        let length = Int(try message.readUInt16(at: &position))
        let end = position + length
        var octets: [UInt8] = []
        switch type {
        case .ns, .cname:
            octets = try DomainName(of: message, at: &position).wire
        case .mx:
            octets = try message.readOctets(2, at: &position) + DomainName(of: message, at: &position).wire
        case .soa:
            for _ in 0..<2 { octets += try DomainName(of: message, at: &position).wire }
            octets += try message.readOctets(20, at: &position)
        default:
            octets = try message.readOctets(length, at: &position)
        }
        guard position == end else { throw MessageError(.wrongLength, at: position) }
        return Record(owner: owner, type: type, ttl: ttl, data: RecordData(type: type, octets: octets))
    }

    /// The code with the eight bits of the OPT record.
    package var responseCode: ResponseCode {
        ResponseCode(rawValue: UInt16(edns?.extendedResponseCode ?? 0) << 4 | header.flags.responseCode.rawValue)
    }

    package var isAuthoritative: Bool { header.flags.contains(.authoritative) }
    package var isTruncated: Bool { header.flags.contains(.truncated) }

    /// The texts of the TXT answers, in the order of the message; each must be one string.
    package var texts: [String] {
        answers.filter { $0.type == .txt }.map { String(decoding: $0.data.octets.dropFirst(), as: UTF8.self) }
    }

    /// The SOA record that makes an answer negative.
    package var negativeSOA: Record? { authorities.first { $0.type == .soa } }
}
