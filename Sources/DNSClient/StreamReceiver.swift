import DNS
import NIOCore

/// Sends a query over a connection, and waits for one message, which must be its response (RFC 1035 section 4.2.2).
final class StreamReceiver: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let query: SentQuery
    private let outcome: EventLoopPromise<Message>
    private let time: TimeAmount
    /// In octets.
    private let maximumLength: Int
    private var received = ByteBuffer()
    private var deadline: Scheduled<Void>?

    init(_ query: SentQuery, time: TimeAmount, maximumLength: Int, outcome: EventLoopPromise<Message>) {
        self.query = query
        self.time = time
        self.maximumLength = maximumLength
        self.outcome = outcome
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let (outcome, time) = (outcome, time)
        deadline = context.eventLoop.scheduleTask(in: time) {
            outcome.fail(ServerFailure.Reason.silent(tries: 1, time: Duration(time)))
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        deadline?.cancel()
    }

    func channelActive(context: ChannelHandlerContext) {
        var buffer = context.channel.allocator.buffer(capacity: 2 + query.octets.count)
        buffer.writeInteger(UInt16(query.octets.count))
        buffer.writeBytes(query.octets)
        context.writeAndFlush(wrapOutboundOut(buffer)).cascadeFailure(to: outcome)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var part = unwrapInboundIn(data)
        received.writeBuffer(&part)
        guard let length = received.getInteger(at: received.readerIndex, as: UInt16.self).map(Int.init) else { return }
        guard length <= maximumLength else { return outcome.fail(ServerFailure.Reason.tooLong(length)) }
        guard let octets = received.getBytes(at: received.readerIndex + 2, length: length) else { return }
        do throws(ResponseMismatch) {
            outcome.succeed(try query.response(in: octets))
        } catch {
            outcome.fail(ServerFailure.Reason.mismatch(error))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        outcome.fail(ServerFailure.Reason.closed(received: received.readableBytes))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        outcome.fail(error)
    }
}
