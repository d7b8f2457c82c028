import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Sockets
import Testing

@testable import Webserver

/// The moments at which a connection is closed.
struct ConnectionDeadlineTests {
    /// A socket that takes nothing until it is told to.
    private final class FullSocket: ChannelOutboundHandler {
        typealias OutboundIn = HTTPResponsePart
        private var untaken: [EventLoopPromise<Void>] = []
        private(set) var closes: [CloseMode] = []

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            if let promise { untaken.append(promise) }
        }

        func flush(context: ChannelHandlerContext) {}

        func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
            closes.append(mode)
            promise?.succeed()
        }

        func takeAll() {
            for promise in untaken { promise.succeed() }
            untaken = []
        }
    }

    @Test(arguments: [CloseMode.output, .all, nil], [false, true])
    func `a connection is closed when all of the response is taken, or it takes too long`(
        mode: CloseMode?, isTaken: Bool
    ) throws {
        let channel = EmbeddedChannel()
        let socket = FullSocket()
        var timeouts = HTTPTimeouts()
        timeouts.writing = .seconds(10)
        try channel.pipeline.syncOperations.addHandlers([
            socket, ConnectionDeadline(timeouts: timeouts, connections: Connections(Connections.Limits(count: 10))),
        ])
        try channel.writeInbound(HTTPRequestPart.head(HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/")))
        try channel.writeInbound(HTTPRequestPart.end(nil))
        // Without a mode, the response says that the connection ends.
        let fields: HTTPFields = mode == nil ? [.connection: "close"] : [:]
        channel.write(HTTPResponsePart.head(HTTPResponse(status: .ok, headerFields: fields)), promise: nil)
        channel.writeAndFlush(HTTPResponsePart.end(nil), promise: nil)
        if let mode { channel.close(mode: mode, promise: nil) }
        channel.embeddedEventLoop.run()
        #expect(socket.closes.isEmpty)
        if isTaken { socket.takeAll() } else { channel.embeddedEventLoop.advanceTime(by: .seconds(10)) }
        #expect(socket.closes.first == (isTaken ? mode ?? .output : .all))
        socket.takeAll()
    }
}
