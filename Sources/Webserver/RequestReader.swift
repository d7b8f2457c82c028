import NIOCore
import NIOHTTP1

/// Reads one request at a time: what a client sends after it waits, mostly in the kernel, until the response is complete. So nobody
/// gets more than one request done at a time on a connection, or has more than a read's worth of them kept.
///
/// The parser is SwiftNIO's. It gets a head as a whole and a body to its last octet, and so never an octet of the next request. It
/// stops for ever after a request that wishes to turn the connection into another protocol; the next request gets a fresh one then.
final class RequestReader: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// What a client may have sent too early, in octets. That many come only if the client closes its side after them, for then the
    /// system's buffer is read to its end.
    static let maximumEarlyLength = 65_536

    private enum Phase {
        /// The next request's head is awaited, or a part of it.
        case head
        /// In octets.
        case body(remaining: Int)
        case chunkedBody
        /// The request is complete, its response is not.
        case answering
        /// Whatever still comes is thrown away.
        case finished
    }

    private var phase = Phase.head
    private var decoder = RequestReader.makeDecoder()
    /// What came and was not given to the decoder yet.
    private var held = HeldOctets()
    /// What the decoder has not taken yet of what it was given.
    private var given = ByteBuffer()
    private var current = Current()
    private var isReading = false
    private var isReadPending = false
    private var hasInputEnded = false
    private var isInputEndTold = false
    private var isQuiescing = false

    /// What must be known of the request that is read or answered.
    private struct Current {
        var method = HTTPMethod.GET
        var version = HTTPVersion.http1_1
        /// The decoder takes the connection for another protocol's afterwards.
        var stopsDecoder = false
        /// The response came before the request was complete.
        var isAnswered = false
        var closes = false
        /// The decoder has found another end of the body than the head told.
        var isCut = false
    }

    private static func makeDecoder() -> HTTPRequestDecoder {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = HTTPHeaderLimits.maximumLength
        limits.maxHeaderListSize = HTTPHeaderLimits.maximumLength
        limits.maxHeaderFieldCount = HTTPHeaderLimits.maximumCount
        return HTTPRequestDecoder(
            leftOverBytesStrategy: .dropBytes, informationalResponseStrategy: .drop, limitConfiguration: limits)
    }

    // MARK: What RequestRules says of the parts that the decoder makes

    /// - Parameters:
    ///   - head: as it came.
    ///   - framing: how the end of its body is found.
    func requestBegan(_ head: HTTPRequestHead, _ framing: RequestHead.Framing) {
        current = Current(
            method: head.method, version: head.version, stopsDecoder: head.headers.contains(name: "Upgrade"))
        switch framing {
        case .length(let length): phase = .body(remaining: length)
        case .chunked: phase = .chunkedBody
        }
    }

    func requestEnded() {
        if case .body(let remaining) = phase, remaining > 0 { current.isCut = true }
        phase = current.isAnswered ? .head : .answering
    }

    /// The request is refused; nothing of it or after it is read any more.
    func requestRefused(_ head: HTTPRequestHead?) {
        if let head { current = Current(method: head.method, version: head.version) }
        finish()
    }

    // MARK: Inbound

    func handlerAdded(context: ChannelHandlerContext) {
        decoder.decoderAdded(context: context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        finish()
        isInputEndTold = true
        decoder.decoderRemoved(context: context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .finished = phase { return }
        held.append(unwrapInboundIn(data))
        readOn(context)
        guard case .answering = phase, held.count > Self.maximumEarlyLength else { return }
        finish()
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        // What a client that is gone still wanted is not begun.
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

    /// Gives the decoder what there is, up to the end of a request.
    private func readOn(_ context: ChannelHandlerContext) {
        guard !isReading else { return }
        isReading = true
        do throws(ProtocolError) {
            while let piece = try nextPiece() { try decode(piece, context) }
        } catch {
            fail(error, context)
        }
        isReading = false
        if hasInputEnded { tellInputEnd(context) }
    }

    private func nextPiece() throws(ProtocolError) -> ByteBuffer? {
        switch phase {
        case .head: return try nextHead()
        case .body(let remaining):
            let length = min(remaining, held.count)
            phase = .body(remaining: remaining - length)
            return length == 0 ? nil : held.take(length)
        case .chunkedBody:
            // The end of the body is the end of a line.
            return held.count == 0 ? nil : held.take(held.nextLine()?.count ?? held.count)
        case .answering, .finished: return nil
        }
    }

    /// A whole head, if it is there. Its lines are checked as they come.
    private func nextHead() throws(ProtocolError) -> ByteBuffer? {
        if held.lineStart == 0 { current = Current() }
        if held.lineStart == 0, let first = held.first, !HeadLine.canBegin(with: first) {
            throw .malformed("it does not begin with a method")
        }
        while let line = held.nextLine() {
            switch (HeadLine.isEmpty(line), held.lineStart == 0) {
            case (true, true): _ = held.take(line.count)
            case (true, false): return held.take(held.lineStart + line.count)
            case (false, true):
                try HeadLine.checkRequestLine(line)
                // Also what is refused before the parser sees it is answered without a body.
                if line.starts(with: Array("HEAD ".utf8)) { current.method = .HEAD }
                held.pass(line)
            case (false, false):
                try HeadLine.checkField(line)
                held.pass(line)
            }
        }
        guard held.count <= HTTPHeaderLimits.maximumOctets else { throw .headersTooLarge }
        return nil
    }

    private func decode(_ piece: ByteBuffer, _ context: ChannelHandlerContext) throws(ProtocolError) {
        var piece = piece
        var octets = given
        given = ByteBuffer()
        octets.discardReadBytes()
        octets.writeBuffer(&piece)
        do {
            _ = try decoder.decode(context: context, buffer: &octets)
        } catch {
            throw ProtocolError(error)
        }
        given = octets
        guard !current.isCut else { throw .malformed("its body does not end where it should") }
        switch phase {
        case .answering where current.stopsDecoder, .head where current.stopsDecoder:
            current.stopsDecoder = false
            decoder.decoderRemoved(context: context)
            decoder = Self.makeDecoder()
            decoder.decoderAdded(context: context)
            given = ByteBuffer()
        case .body(remaining: 0):
            // What was to be the last octet is not the last one for the decoder.
            throw .malformed("its body does not end where it should")
        default: break
        }
    }

    private func fail(_ error: ProtocolError, _ context: ChannelHandlerContext) {
        if case .finished = phase { return }
        finish()
        context.fireErrorCaught(error)
    }

    private func finish() {
        phase = .finished
        held = HeldOctets()
        given = ByteBuffer()
    }

    /// The end of what the client sends is told after the last request that came before it.
    private func tellInputEnd(_ context: ChannelHandlerContext) {
        guard !isInputEndTold else { return }
        switch phase {
        case .answering where held.count > 0: return
        case .answering, .finished: break
        case .head where held.count == 0: break
        case .head, .body, .chunkedBody: fail(.malformed("the connection ended in its middle"), context)
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
            if isQuiescing { head.headers.replaceOrAdd(name: "Connection", value: "close") }
            head.complete(for: current.method, version: current.version)
            current.closes = head.headers[canonicalForm: "Connection"].contains("close")
            context.write(wrapOutboundOut(.head(head)), promise: promise)
            return
        case .body:
            // Octets after the head of a response to HEAD would be taken for the next response (RFC 9110 section 9.3.2).
            guard current.method != .HEAD else {
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
        guard !current.closes else { return finish() }
        guard case .answering = phase else {
            current.isAnswered = true
            return
        }
        phase = .head
        guard held.count > 0 || hasInputEnded else { return readIfPending(context) }
        // Not before the handlers in between are through with the response.
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
