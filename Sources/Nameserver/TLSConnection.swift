import Authority
import DNS
import Delegates
import NIOCore
import Sockets

/// One TLS connection (RFC 7858).
///
/// It holds at most one incomplete message and the octets of one read. While the client does not read its responses, no more of its queries
/// are answered or read.
final class TLSConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// In octets.
    private static let usualResponses = 2048

    private let loop: LoopResponder
    private let parts: ListenerParts
    /// A connection without a whole message for this long is closed, whether it sent nothing or sent too slowly.
    private let timeout: TimeAmount
    private var ticket: Connections.Ticket?
    private var stream = MessageStream(client: IPAddress(IPv4Address(number: 0)))
    private var received = ByteBuffer()
    private var lastProgress = NIODeadline.now()
    private var timer: Scheduled<Void>?
    /// Whether the client has closed its side; it may still wait for responses.
    private var hasClientFinished = false
    private var isClosing = false

    init(loop: LoopResponder, parts: ListenerParts) {
        self.loop = loop
        self.parts = parts
        loop.refresh()
        timeout = TimeAmount(loop.responder.connectionTimeout)
    }

    func channelActive(context: ChannelHandlerContext) {
        ticket = parts.connections.add(context.channel)
        if let client = context.channel.remoteAddress?.converted({ IPAddress($0) }, { IPAddress($0) }) {
            stream = MessageStream(client: client)
        }
        noteProgress()
        scheduleTimeout(context)
        context.read()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let ticket { parts.connections.remove(ticket) }
        ticket = nil
        timer?.cancel()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        var octets = unwrapInboundIn(data)
        if received.readableBytes == 0 {
            received = octets
        } else {
            received.discardReadBytes()
            received.writeBuffer(&octets)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        answerWhatCame(context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent {
            hasClientFinished = true
            answerWhatCame(context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard context.channel.isWritable else { return }
        noteProgress()
        answerWhatCame(context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The client reset the connection, or something like it. Nobody is left to tell.
        context.close(promise: nil)
    }

    private func answerWhatCame(_ context: ChannelHandlerContext) {
        guard !isClosing else { return }
        loop.refresh()
        let now = parts.clock.now
        while context.channel.isWritable {
            var responses = context.channel.allocator.buffer(capacity: Self.usualResponses)
            let progress = stream.answer(
                received.readableBytesUInt8Span, with: loop, at: now, tap: parts.tap, into: &responses)
            received.moveReaderIndex(forwardBy: progress.consumed)
            if responses.readableBytes > 0 {
                noteProgress()
                context.writeAndFlush(wrapOutboundOut(responses), promise: nil)
            }
            switch progress.outcome {
            case .hasMore: continue
            case .isForeign:
                received.clear()
                hasClientFinished = true
            case .answeredAll: break
            }
            if hasClientFinished {
                closeBehindResponses(context)
            } else if context.channel.isWritable {
                context.read()
            }
            return
        }
    }

    /// Closes once the responses have gone out. It never closes at once: SwiftNIO may be in the middle of a read, during which the channel
    /// must not be closed.
    private func closeBehindResponses(_ context: ChannelHandlerContext) {
        isClosing = true
        let eventLoop = context.eventLoop.assumeIsolated()
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
        written.futureResult.assumeIsolated().whenComplete { _ in
            eventLoop.execute { context.close(promise: nil) }
        }
    }

    private func noteProgress() {
        lastProgress = .now()
        if let ticket { parts.connections.madeProgress(ticket) }
    }

    private func scheduleTimeout(_ context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: lastProgress + timeout) {
            if NIODeadline.now() >= self.lastProgress + self.timeout {
                context.close(promise: nil)
            } else {
                self.scheduleTimeout(context)
            }
        }
    }
}
