import DelegateAPI
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Answers requests that break the rules of HTTP in JSON, like all other errors, and ends their connections.
final class ProtocolErrorAnswer: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// The progress of the response to the current request.
    private enum Response {
        case awaited
        case begun
        /// The response is complete, and the request is not.
        case early
        /// The response is this handler's. Everything else that is written is discarded.
        case refusal
    }

    private var response = Response.awaited
    private var isRequestOpen = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: isRequestOpen = true
        case .body: break
        case .end:
            isRequestOpen = false
            if response == .early { response = .awaited }
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard response != .refusal else {
            promise?.succeed()
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(let head) where head.status.kind != .informational: response = .begun
        case .head, .body: break
        case .end: response = isRequestOpen ? .early : .awaited
        }
        context.write(data, promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? ProtocolError else {
            context.fireErrorCaught(error)
            return
        }
        switch response {
        case .awaited: refuse(error, context)
        // The client would take a second response for the next request's.
        case .begun, .early: context.close(promise: nil)
        case .refusal: break
        }
    }

    private func refuse(_ error: ProtocolError, _ context: ChannelHandlerContext) {
        response = .refusal
        let (status, body) = ErrorTable.answer(to: error)
        let json = body.json
        let head = HTTPResponse(
            status: status,
            headerFields: [
                .contentType: "application/json", .contentLength: String(json.utf8.count), .connection: "close",
            ])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(string: json))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        // This ends the task that waits for the rest of the request.
        context.fireErrorCaught(HTTPParserError.unknown)
    }
}
