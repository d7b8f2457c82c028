package import DNS

/// A whole response with its data as values, for tests; all of it must be well formed.
package struct ParsedMessage {
    package var header: Header
    package var questions: [Question]
    package var answers: [Record]
    package var authorities: [Record]
    package var additionals: [Record]
    package var edns: OPTRecord?
    package var responseCode: ResponseCode
    /// In octets.
    package var length: Int

    package struct Record: Hashable, CustomStringConvertible {
        package var owner: DomainName
        package var type: RecordType
        package var ttl: UInt32
        /// With its names uncompressed.
        package var data: RecordData

        init(_ record: Message.Record, in message: Message) throws {
            owner = record.owner
            type = record.type
            ttl = record.ttl
            data = try message.data(of: record)
        }

        package var description: String { "\(owner) \(ttl) \(type) \(data)" }
    }

    package init(_ octets: [UInt8]) throws {
        let message = try Message(octets)
        header = message.header
        length = octets.count
        questions = message.questions
        answers = try message.answers.map { try Record($0, in: message) }
        authorities = try message.authorities.map { try Record($0, in: message) }
        additionals = try message.additionals.map { try Record($0, in: message) }
        edns = message.edns.map { OPTRecord($0, in: octets.span) }
        responseCode = message.responseCode
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
