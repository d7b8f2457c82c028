import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Tells a client that waits for leave to send its body to go on (RFC 9110 section 10.1.1). A body that was announced as too
/// large gets its refusal instead.
final class ExpectationAnswer: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundOut = HTTPResponsePart

    private let maximumBodyLength: Int

    init(maximumBodyLength: Int) {
        self.maximumBodyLength = maximumBodyLength
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = unwrapInboundIn(data), head.headerFields[.expect]?.lowercased() == "100-continue",
            head.headerFields[.contentLength].flatMap(Int.init) ?? 0 <= maximumBodyLength
        {
            context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
        }
        context.fireChannelRead(data)
    }
}
