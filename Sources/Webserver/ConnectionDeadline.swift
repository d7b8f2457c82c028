import Hummingbird
import NIOCore
import NIOHTTPTypes
import Sockets

/// Ends connections whose client takes too long to send a body or to take a response, and those whose end a response has announced.
/// Tells ``Connections`` which of them are idle.
final class ConnectionDeadline: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let bodyTimeout: TimeAmount
    private let writingTimeout: TimeAmount
    private let connections: Connections
    private var ticket: Connections.Ticket?
    private var bodyDeadline: Scheduled<Void>?
    private var writingDeadline: Scheduled<Void>?
    private var closesAfterResponse = false
    /// The request to be answered next is complete.
    private var hasWholeRequest = false
    /// Octets that the client sends after the last response must be read, or it could lose the response.
    private var mustLinger = false
    /// The response has gone out before the request was complete. What still comes is discarded, until the deadline at most.
    private var isLingering = false
    /// A request has begun, and its response is not complete.
    private var isBusy = false
    /// Completes when the socket has taken all of the last response.
    private var lastWrite: EventLoopFuture<Void>?
    private var closingDeadline: Scheduled<Void>?

    init(timeouts: HTTPTimeouts, connections: Connections) {
        bodyTimeout = TimeAmount(timeouts.body)
        writingTimeout = TimeAmount(timeouts.writing)
        self.connections = connections
    }

    func handlerAdded(context: ChannelHandlerContext) {
        ticket = connections.add(context.channel)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let ticket { connections.remove(ticket) }
        ticket = nil
        bodyDeadline?.cancel()
        writingDeadline?.cancel()
        closingDeadline?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isLingering else { return }
        switch unwrapInboundIn(data) {
        case .head:
            isBusy = true
            hasWholeRequest = false
            bodyDeadline?.cancel()
            bodyDeadline = closing(context, in: bodyTimeout)
        case .body:
            break
        case .end:
            hasWholeRequest = true
            noteProgress()
            guard !closesAfterResponse else { break }
            bodyDeadline?.cancel()
            bodyDeadline = nil
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if isLingering { context.read() }
        context.fireChannelReadComplete()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if isLingering, case ChannelEvent.inputClosed? = event as? ChannelEvent {
            closeWhenWritten(context, mode: .all, promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// If octets of the client's were unread, closing would reset the connection and lose the response.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all, mustLinger, !isLingering else {
            closeWhenWritten(context, mode: mode, promise: promise)
            return
        }
        isLingering = true
        context.channel.closeFuture.cascade(to: promise)
        context.read()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        writingDeadline?.cancel()
        writingDeadline = context.channel.isWritable ? nil : closing(context, in: writingTimeout)
        context.fireChannelWritabilityChanged()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            if head.headerFields[.connection] == "close" { closesAfterResponse = true }
            context.write(data, promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            let promise = promise ?? context.eventLoop.makePromise()
            lastWrite = promise.futureResult
            context.write(data, promise: promise)
            isBusy = false
            noteProgress()
            let isWhole = hasWholeRequest
            hasWholeRequest = false
            guard closesAfterResponse else { return }
            mustLinger = !isWhole
            bodyDeadline = bodyDeadline ?? closing(context, in: bodyTimeout)
            context.flush()
            // Closing at once could reset the connection before the client has read the response. What the client still sends is
            // discarded until the deadline.
            closeWhenWritten(context, mode: .output, promise: nil)
        }
    }

    /// If the client has closed its side, closing ours closes the socket, and the client loses what it has not yet taken of a
    /// response.
    private func closeWhenWritten(_ context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard let lastWrite, mode != .input else {
            context.close(mode: mode, promise: promise)
            return
        }
        closingDeadline = closingDeadline ?? closing(context, in: writingTimeout)
        lastWrite.assumeIsolated().whenComplete { _ in context.close(mode: mode, promise: promise) }
    }

    private func noteProgress() {
        if let ticket { connections.madeProgress(ticket, isBusy: isBusy) }
    }

    private func closing(_ context: ChannelHandlerContext, in limit: TimeAmount) -> Scheduled<Void> {
        context.eventLoop.assumeIsolated().scheduleTask(in: limit) { context.close(promise: nil) }
    }
}
