package import DNS
package import Delegates

/// Turns a received message into the response to it: octets in, octets out. Nothing here waits, and nothing here fails.
package struct Responder: Sendable {
    private let zones: Zones
    private let table: DelegateTable

    /// The largest UDP message that is sent, and said to be taken, in octets: fits in any path without fragments (RFC 9715).
    package static let maximumUDPLength = 1232
    /// The largest UDP message to a sender without EDNS (RFC 1035 section 4.2.1).
    package static let classicUDPLength = 512

    package init(zones: Zones, table: DelegateTable) {
        self.zones = zones
        self.table = table
    }

    /// Writes the response to a message.
    ///
    /// - Returns: whether there is one. There is none to what has no header and to what is a response itself: two servers would
    ///   otherwise answer each other for ever.
    package func respond(
        to message: Span<UInt8>, over transport: Transport, at now: Timestamp, into response: inout MessageWriter
    ) -> Bool {
        guard let header = try? Header(of: message), !header.flags.contains(.response) else { return false }
        var reply = Reply(to: header, over: transport)

        guard header.flags.opcode == .query else {
            reply.edns = header.questionCount == 1 ? (try? Query(of: message, header: header))?.edns : nil
            reply.write(.notImplemented, into: &response)
            return true
        }
        guard header.questionCount == 1, let query = try? Query(of: message, header: header) else {
            reply.write(.formatError, into: &response)
            return true
        }
        reply.question = query.question
        reply.edns = query.edns
        if let edns = query.edns, edns.version != 0 {
            reply.write(.badVersion, into: &response)
            return true
        }
        guard query.question.class == .in, query.question.type != .axfr, query.question.type != .ixfr else {
            reply.write(.refused, into: &response)
            return true
        }
        let lookUp = LookUp(zones: zones, table: table, now: now)
        let serial = UInt32(truncatingIfNeeded: table.sequence.number)
        reply.write(lookUp.answer(to: query.question), serial: serial, into: &response)
        return true
    }
}
