package import DNS

/// What a server is asked, and how.
package struct OutgoingQuery: Hashable, Sendable {
    package enum Transport: Hashable, Sendable {
        /// UDP first, and TCP if the response is truncated (RFC 7766 section 5).
        case udp
        /// TCP alone. Then only a host that sees the query can answer in the server's place.
        case tcp
    }

    package var question: Question
    /// RD: the server shall look the name up for others, as a resolver does. Without it, a server says what it has itself.
    package var isRecursionDesired: Bool
    /// The OPT record, without options; `nil` to ask without EDNS. Its payload size is what the server may send over UDP.
    package var edns: EDNS?
    package var transport: Transport
    /// Whether the letters of the name are in random case, which a response over UDP must repeat. A server that does not is asked over TCP.
    /// Resolvers need not repeat it, and most do.
    package var isInRandomCase: Bool

    package init(
        _ question: Question, isRecursionDesired: Bool = true, edns: EDNS? = EDNS(payloadSize: Self.payloadSize),
        transport: Transport = .udp, isInRandomCase: Bool = false
    ) {
        self.question = question
        self.isRecursionDesired = isRecursionDesired
        self.edns = edns
        self.transport = transport
        self.isInRandomCase = isInRandomCase
    }

    /// The payload size in octets that avoids fragments (RFC 9715 section 3.2).
    package static let payloadSize: UInt16 = 1232

    /// A query for one name server of a zone, which answers for itself: without RD, in random case.
    package static func direct(
        _ name: DomainName, _ type: RecordType, isDNSSECOK: Bool = false, transport: Transport = .udp
    ) -> OutgoingQuery {
        OutgoingQuery(
            Question(name: name, type: type), isRecursionDesired: false,
            edns: EDNS(payloadSize: payloadSize, isDNSSECOK: isDNSSECOK), transport: transport, isInRandomCase: true)
    }

    /// The message with an identifier.
    func octets(identifier: UInt16) -> [UInt8] {
        var message = MessageWriter()
        message.begin(
            identifier: identifier, flags: isRecursionDesired ? .recursionDesired : [], limit: MessageWriter.maximumLength)
        message.write(question)
        if let edns { message.write(edns) }
        message.finish()
        return message.octets
    }
}
