import NIOCore
import NIOHTTP1

/// Reads one request at a time: what a client sends after it waits, mostly in the kernel, until the response is complete. So on a
/// connection no client has more than one request served at a time, or more than a read's worth of them kept.
final class RequestReader: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// The limit on what is kept of requests that a client has sent too early, in octets. More than a read's worth comes only if
    /// the client closes its side after them: the system's buffer is then read to its end.
    static let maximumEarlyLength = 65_536

    private enum Phase {
        /// The next request is awaited, or the rest of one.
        case reading
        /// The request is complete, and its response is not.
        case answering
        /// What still comes is discarded.
        case finished
    }

    private var phase = Phase.reading
    private var parser = RequestParser()
    /// The response came before the request was complete.
    private var isAnsweredEarly = false
    private var closes = false
    /// The client has sent more than is kept. The whole requests in what is kept are answered, and the connection ends.
    private var isCutShort = false
    private var isReading = false
    private var isReadPending = false
    private var hasInputEnded = false
    private var isInputEndTold = false
    private var isQuiescing = false

    // MARK: Inbound

    func handlerRemoved(context: ChannelHandlerContext) {
        finish()
        isInputEndTold = true
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .finished = phase { return }
        guard !isCutShort else { return }
        parser.append(unwrapInboundIn(data))
        readOn(context)
        guard case .answering = phase, parser.heldCount > Self.maximumEarlyLength else { return }
        isCutShort = true
        parser.keep(first: Self.maximumEarlyLength)
    }

    func channelInactive(context: ChannelHandlerContext) {
        // Requests of a client that is gone are not begun.
        finish()
        isInputEndTold = true
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            hasInputEnded = true
            readOn(context)
        case is ChannelShouldQuiesceEvent:
            isQuiescing = true
            context.fireUserInboundEventTriggered(event)
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    /// Reads up to the end of a request.
    private func readOn(_ context: ChannelHandlerContext) {
        guard !isReading else { return }
        isReading = true
        do throws(ProtocolError) {
            while case .reading = phase, let part = try parser.next() { pass(part, context) }
        } catch {
            fail(error, context)
        }
        isReading = false
        if hasInputEnded { tellInputEnd(context) }
    }

    private func pass(_ part: RequestParser.Part, _ context: ChannelHandlerContext) {
        switch part {
        case .head(let request):
            isAnsweredEarly = false
            context.fireChannelRead(wrapInboundOut(.head(request.head)))
        case .body(let octets):
            context.fireChannelRead(wrapInboundOut(.body(octets)))
        case .end:
            if !isAnsweredEarly { phase = .answering }
            context.fireChannelRead(wrapInboundOut(.end(nil)))
        }
    }

    private func fail(_ error: ProtocolError, _ context: ChannelHandlerContext) {
        if case .finished = phase { return }
        finish()
        context.fireErrorCaught(error)
    }

    private func finish() {
        phase = .finished
        parser.keep(first: 0)
    }

    /// Passes the end of the client's input on, after the last request that came before it.
    private func tellInputEnd(_ context: ChannelHandlerContext) {
        guard !isInputEndTold else { return }
        switch phase {
        case .answering where parser.heldCount > 0: return
        case .answering, .finished: break
        case .reading where !parser.isWithinRequest: break
        case .reading: fail(.malformed("the connection ended within the request"), context)
        }
        isInputEndTold = true
        context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }

    // MARK: Outbound

    func read(context: ChannelHandlerContext) {
        if case .answering = phase {
            isReadPending = true
        } else {
            context.read()
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head):
            guard head.status.code >= 200 else { break }
            if isQuiescing || isCutShort && !parser.hasNextRequest {
                head.headers.replaceOrAdd(name: "Connection", value: "close")
            }
            head.complete(for: parser.method, version: parser.version)
            closes = head.headers[canonicalForm: "Connection"].contains("close")
            context.write(wrapOutboundOut(.head(head)), promise: promise)
            return
        case .body:
            // A client would take octets after the head of a response to HEAD for the next response (RFC 9110 section 9.3.2).
            guard parser.method != .HEAD else {
                promise?.succeed()
                return
            }
        case .end:
            context.write(data, promise: promise)
            responseEnded(context)
            return
        }
        context.write(data, promise: promise)
    }

    private func responseEnded(_ context: ChannelHandlerContext) {
        if closes {
            finish()
        } else if case .answering = phase {
            phase = .reading
        } else {
            isAnsweredEarly = true
            return
        }
        guard parser.heldCount > 0 || hasInputEnded else { return readIfPending(context) }
        // The handlers in between must be done with the response first.
        context.eventLoop.assumeIsolated().execute {
            self.readOn(context)
            context.fireChannelReadComplete()
            self.readIfPending(context)
        }
    }

    private func readIfPending(_ context: ChannelHandlerContext) {
        guard isReadPending else { return }
        isReadPending = false
        read(context: context)
    }
}
