import DNS

/// A response to a query, with one A record; every part of it can be made wrong.
struct SampleResponse {
    var identifier: UInt16
    var flags: Header.Flags = [.response]
    var questions: [Question]
    var addresses: [UInt32] = [0xC000_0201]
    var edns: EDNS?

    init(to query: [UInt8]) throws {
        let query = try Message(query)
        identifier = query.header.identifier
        questions = query.questions
    }

    func with(_ change: (inout SampleResponse) throws -> Void) rethrows -> SampleResponse {
        var copy = self
        try change(&copy)
        return copy
    }

    func with(code: UInt16) -> SampleResponse { with { $0.flags = $0.flags.union(Header.Flags(rawValue: code)) } }

    var octets: [UInt8] {
        var message = MessageWriter()
        message.begin(identifier: identifier, flags: flags, limit: MessageWriter.maximumLength)
        for question in questions { message.write(question) }
        if let owner = questions.first?.name {
            let data = addresses.map { RecordData.a(IPv4Address(number: $0)) }
            _ = message.write(RRset(owner: owner, type: .a, ttl: 60, data: data), in: .answer)
        }
        if let edns { message.write(edns) }
        message.finish()
        return message.octets
    }
}
