import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Tells a client to go on that waits for permission to send its body (RFC 9110 section 10.1.1). ``RequestHead`` leaves the
/// expectation only if it is to be met.
final class ExpectationAnswer: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundOut = HTTPResponsePart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = unwrapInboundIn(data), head.headerFields.contains(.expect) {
            context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
        }
        context.fireChannelRead(data)
    }
}
