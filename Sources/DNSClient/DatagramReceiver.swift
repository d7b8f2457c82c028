import DNS
import NIOCore

/// Sends a query in one datagram, and waits for its response.
///
/// Whatever else comes is ignored: anybody can send it in the server's name, and must not end the wait for the server itself.
final class DatagramReceiver: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = ByteBuffer

    private let query: SentQuery
    /// `nil` if the server must be asked over TCP: the response is truncated, or has the name in another case.
    private let outcome: EventLoopPromise<Message?>
    private let time: TimeAmount
    private var deadline: Scheduled<Void>?
    /// Why the last message was ignored.
    private var mismatch: ResponseMismatch?

    init(_ query: SentQuery, time: TimeAmount, outcome: EventLoopPromise<Message?>) {
        self.query = query
        self.time = time
        self.outcome = outcome
    }

    func handlerAdded(context: ChannelHandlerContext) {
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: time) {
            self.outcome.fail(self.mismatch.map(ServerFailure.Reason.mismatch) ?? .silent(tries: 1, time: Duration(self.time)))
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        deadline?.cancel()
    }

    func channelActive(context: ChannelHandlerContext) {
        let sent = context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(bytes: query.octets)))
        sent.cascadeFailure(to: outcome)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let octets = Array(unwrapInboundIn(data).data.readableBytesView)
        do throws(ResponseMismatch) {
            outcome.succeed(try query.isAnsweredInPart(by: octets) ? nil : try query.response(in: octets))
        } catch .anotherCase {
            // The server itself may be one that changes the case; what somebody else has sent does no more than cost a connection.
            outcome.succeed(nil)
        } catch {
            mismatch = error
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        outcome.fail(error)
    }
}
