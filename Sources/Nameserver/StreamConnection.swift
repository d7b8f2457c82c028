import Authority
import DNS
import Delegates
import NIOCore
import Sockets

/// One TCP connection: messages behind their lengths (RFC 1035 section 4.2.2), as many as the client sends, in whatever pieces.
///
/// At most one incomplete message and what one read brought are held. While the client does not read its responses, no more of
/// its queries are answered or read.
final class StreamConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// In octets.
    private static let flushLength = 65_536

    private let loop: LoopResponder
    private let clock: SteadyClock
    private let transport: Transport
    private let tap: QueryTap
    private let connections: Connections
    /// A connection on which no whole message came for this long is closed, whether it sent nothing or too slowly.
    private let timeout: TimeAmount
    private var client = IPAddress(IPv4Address(number: 0))
    private var received = ByteBuffer()
    /// A zone that is being sent; queries behind it wait.
    private var transfer: ZoneTransfer?
    private var lastProgress = NIODeadline.now()
    private var timer: Scheduled<Void>?
    /// The client has closed its side; it may still wait for responses.
    private var hasClientFinished = false
    private var isClosing = false

    init(
        loop: LoopResponder, clock: SteadyClock, transport: Transport, tap: QueryTap, connections: Connections
    ) {
        self.loop = loop
        loop.refresh()
        timeout = TimeAmount(loop.responder.connectionTimeout)
        self.clock = clock
        self.transport = transport
        self.tap = tap
        self.connections = connections
    }

    func channelActive(context: ChannelHandlerContext) {
        connections.add(context.channel)
        client = context.channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) } ?? client
        noteProgress(context)
        scheduleTimeout(context)
        context.read()
    }

    func channelInactive(context: ChannelHandlerContext) {
        connections.remove(context.channel)
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
        noteProgress(context)
        answerWhatCame(context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The client reset the connection, or something like it. There is nobody left to tell.
        context.close(promise: nil)
    }

    private func answerWhatCame(_ context: ChannelHandlerContext) {
        guard !isClosing else { return }
        loop.refresh()
        let now = clock.now
        var hasWritten = false
        var unflushed = 0
        while context.channel.isWritable {
            if transfer?.write(into: &loop.workspace.response) == true {
                write(framed(context), context, unflushed: &unflushed)
                hasWritten = true
                continue
            }
            transfer = nil
            guard let message = nextMessage() else { break }
            transfer = loop.responder.transfer(of: message.readableBytesUInt8Span, from: client, at: now)
            guard transfer == nil else { continue }
            let exchange = loop.responder.respond(
                to: message.readableBytesUInt8Span, from: client, over: transport, at: now, with: &loop.workspace)
            loop.counters(of: transport).count(
                exchange, queryLength: message.readableBytes, response: loop.workspace.response, from: client)
            guard exchange.hasResponse else {
                // No client sends this: whatever it is, it does not speak our protocol.
                received.clear()
                hasClientFinished = true
                break
            }
            if tap.isActive { tap.observe(loop.workspace.response.octets, to: client, over: transport) }
            write(framed(context), context, unflushed: &unflushed)
            hasWritten = true
        }
        if hasWritten {
            noteProgress(context)
            context.flush()
        }
        guard context.channel.isWritable else { return }
        if hasClientFinished {
            closeBehindResponses(context)
        } else {
            context.read()
        }
    }

    private func framed(_ context: ChannelHandlerContext) -> ByteBuffer {
        var framed = context.channel.allocator.buffer(capacity: loop.workspace.response.count + 2)
        framed.writeInteger(UInt16(loop.workspace.response.count))
        unsafe loop.workspace.response.withOctets { octets in _ = unsafe framed.writeBytes(octets) }
        return framed
    }

    /// What TLS has not been given to send does not count against the channel's limit: it is given it now and then.
    private func write(_ framed: ByteBuffer, _ context: ChannelHandlerContext, unflushed: inout Int) {
        unflushed += framed.readableBytes
        context.write(wrapOutboundOut(framed), promise: nil)
        if unflushed >= Self.flushLength {
            context.flush()
            unflushed = 0
        }
    }

    private func nextMessage() -> ByteBuffer? {
        guard let length = received.getInteger(at: received.readerIndex, as: UInt16.self),
            received.readableBytes >= Int(length) + 2
        else { return nil }
        received.moveReaderIndex(forwardBy: 2)
        return received.readSlice(length: Int(length))
    }

    /// Closes when what was written has gone out. Never at once: SwiftNIO may be in the middle of a read, and takes it ill if the
    /// channel is closed under it.
    private func closeBehindResponses(_ context: ChannelHandlerContext) {
        isClosing = true
        let eventLoop = context.eventLoop.assumeIsolated()
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
        written.futureResult.assumeIsolated().whenComplete { _ in
            eventLoop.execute { context.close(promise: nil) }
        }
    }

    private func noteProgress(_ context: ChannelHandlerContext) {
        lastProgress = .now()
        connections.madeProgress(context.channel)
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
