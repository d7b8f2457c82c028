import Hummingbird
import NIOCore
import NIOHTTP1

/// Lets requests pass that hold the rules of HTTP/1.1 (``RequestHead``) and have no larger body than any route reads.
final class RequestRules: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private let reader: RequestReader
    private var bodyLength = 0
    private var hasRefused = false

    /// - Parameter reader: is told where requests begin and end.
    init(reader: RequestReader) {
        self.reader = reader
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasRefused else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            bodyLength = 0
            do throws(ProtocolError) {
                let request = try RequestHead(head)
                reader.requestBegan(head, request.framing)
                context.fireChannelRead(wrapInboundOut(.head(request.head)))
            } catch {
                refuse(error, head, context)
            }
        case .body(let octets):
            bodyLength += octets.readableBytes
            guard bodyLength <= Request.maximumBodyLength else { return refuse(.bodyTooLarge, nil, context) }
            context.fireChannelRead(data)
        case .end:
            reader.requestEnded()
            context.fireChannelRead(data)
        }
    }

    private func refuse(_ error: ProtocolError, _ head: HTTPRequestHead?, _ context: ChannelHandlerContext) {
        hasRefused = true
        reader.requestRefused(head)
        context.fireErrorCaught(error)
    }
}
