import Authority
import DNS
import Delegates
import NIOCore

/// The messages of one connection, each after its length (RFC 1035 section 4.2.2), and their responses; whatever carries the octets.
struct MessageStream {
    let client: IPAddress
    /// The zone that is being sent; later queries wait.
    private var transfer: ZoneTransfer?

    /// At most this number of octets of responses, and one more response, are made at a time.
    static let maximumResponses = 65_536

    init(client: IPAddress) {
        self.client = client
    }

    /// How far the answering came.
    struct Progress {
        /// The number of octets that are done with.
        var consumed = 0
        var outcome = Outcome.answeredAll
    }

    enum Outcome {
        /// The rest is not a whole message.
        case answeredAll
        /// There may be more to answer once these responses are sent.
        case hasMore
        /// No client sends such a message: the peer does not speak this protocol, and nothing more from it is looked at.
        case isForeign
    }

    /// Answers the whole messages at the start of the received octets, until there are ``maximumResponses``.
    ///
    /// - Parameter responses: receives the responses, each after its length.
    mutating func answer(
        _ received: Span<UInt8>, with loop: LoopResponder, at now: Timestamp, tap: QueryTap, into responses: inout ByteBuffer
    ) -> Progress {
        var progress = Progress()
        while responses.readableBytes < Self.maximumResponses {
            if transfer?.write(into: &loop.workspace.response.message) == true {
                Self.append(loop.workspace.response.message, to: &responses)
                continue
            }
            transfer = nil
            guard let end = Self.endOfMessage(in: received, at: progress.consumed) else { return progress }
            let message = received.extracting(progress.consumed + 2..<end)
            progress.consumed = end
            let exchange = answer(message, with: loop, at: now)
            loop.counters.count(exchange, queryLength: message.count, response: loop.workspace.response.message, from: client)
            guard exchange.hasResponse else {
                progress.outcome = .isForeign
                return progress
            }
            if tap.isActive { tap.observe(loop.workspace.response.octets, to: client, over: loop.transport) }
            Self.append(loop.workspace.response.message, to: &responses)
        }
        progress.outcome = .hasMore
        return progress
    }

    /// Writes the response to a message, or the first message of the transfer that it asks for, which counts for all.
    private mutating func answer(_ message: Span<UInt8>, with loop: LoopResponder, at now: Timestamp) -> Exchange {
        transfer = loop.responder.transfer(of: message, from: client)
        if let type = transfer?.type, transfer?.write(into: &loop.workspace.response.message) == true {
            return Exchange(outcome: .response, type: type)
        }
        return loop.responder.respond(to: message, from: client, over: loop.transport, at: now, with: &loop.workspace)
    }

    /// - Returns: `nil` if the message has not come whole.
    private static func endOfMessage(in received: Span<UInt8>, at start: Int) -> Int? {
        guard received.count >= start + 2 else { return nil }
        let end = start + 2 + Int(received[start]) << 8 + Int(received[start + 1])
        return end <= received.count ? end : nil
    }

    private static func append(_ response: borrowing MessageWriter, to responses: inout ByteBuffer) {
        responses.writeInteger(UInt16(response.count))
        unsafe response.withOctets { octets in _ = unsafe responses.writeBytes(octets) }
    }
}
