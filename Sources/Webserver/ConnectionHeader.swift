import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// Says of each request in one way whether its connection is to be closed: Hummingbird knows `Connection: close` in lower case
/// and no HTTP/1.0, whose connections are never kept here (RFC 9112 section 9.3).
final class ConnectionHeader: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    /// Puts the handler between the reading of HTTP/1 and the translation of its messages.
    static func add(to pipeline: ChannelPipeline.SynchronousOperations) throws {
        let translation = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
        try pipeline.addHandler(ConnectionHeader(), position: .before(translation))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data) else {
            context.fireChannelRead(data)
            return
        }
        if !head.isKeepAlive || head.version != .http1_1 { head.headers.replaceOrAdd(name: "Connection", value: "close") }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }
}
