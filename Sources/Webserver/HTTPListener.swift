import HTTPTypes
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import NIOExtras
import NIOHTTPTypes
import NIOPosix
package import ServiceLifecycle
package import Sockets

/// The HTTP API on one address, or at one path.
///
/// Hummingbird's own server takes neither the option that lets IPv4 and IPv6 share a port nor a socket that is bound before it
/// runs; its connections and router are used, the listening is ours.
package final class HTTPListener: Sendable {
    private typealias Connection = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    /// With the port that was bound; nothing for a Unix socket.
    package let endpoint: Endpoint?
    private let channel: NIOAsyncChannel<Connection, Never>
    private let quiescing: ServerQuiescingHelper
    private let logger: Logger

    /// Binds the socket. Connections wait until the listener is ``serving(_:)``.
    ///
    /// - Parameter connections: shared with the API's other listeners.
    /// - Throws: ``ListenError``.
    package static func bind(
        endpoint: Endpoint, connections: Connections, timeouts: HTTPTimeouts, logger: Logger
    ) async throws(ListenError) -> HTTPListener {
        let quiescing = ServerQuiescingHelper(group: .singletonMultiThreadedEventLoopGroup)
        let logger = quiet(logger)
        do {
            let channel = try await ServerBootstrap.listening(on: endpoint).quiescing(by: quiescing)
                .bind(
                    host: endpoint.hostText, port: Int(endpoint.port),
                    childChannelInitializer: setup(connections: connections, timeouts: timeouts, logger: logger))
            return HTTPListener(
                endpoint: endpoint.bound(to: channel.channel), channel: channel, quiescing: quiescing, logger: logger)
        } catch {
            throw ListenError(error, endpoint: endpoint)
        }
    }

    /// Binds a Unix socket, which takes the place of one that is there and that nobody listens at.
    ///
    /// - Throws: what the system said.
    package static func bind(
        path: String, connections: Connections, timeouts: HTTPTimeouts, logger: Logger
    ) async throws -> HTTPListener {
        let quiescing = ServerQuiescingHelper(group: .singletonMultiThreadedEventLoopGroup)
        let logger = quiet(logger)
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .quiescing(by: quiescing)
            .bind(
                unixDomainSocketPath: path, cleanupExistingSocketFile: true,
                childChannelInitializer: setup(connections: connections, timeouts: timeouts, logger: logger))
        return HTTPListener(endpoint: nil, channel: channel, quiescing: quiescing, logger: logger)
    }

    private static func quiet(_ logger: Logger) -> Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }

    private static func setup(
        connections: Connections, timeouts: HTTPTimeouts, logger: Logger
    ) -> @Sendable (any Channel) -> EventLoopFuture<Connection> {
        // Hummingbird makes a connection's pipeline and answers its requests with the same type; the responder comes with the
        // second.
        let setup = HTTP1Channel(
            responder: { _, _, _ in }, configuration: configuration(connections: connections, timeouts: timeouts))
        return { channel in
            setup.setup(channel: channel, logger: logger).flatMapThrowing { connection in
                try ConnectionHeader.add(to: channel.pipeline.syncOperations)
                return connection
            }
        }
    }

    private static func configuration(
        connections: Connections, timeouts: HTTPTimeouts
    ) -> HTTP1Channel.Configuration {
        HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                MalformedRequestAnswer(),
                ExpectationAnswer(maximumBodyLength: Request.maximumBodyLength),
                ConnectionDeadline(timeouts: timeouts, connections: connections),
            ],
            idleTimeout: TimeAmount(timeouts.header),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: HTTPHeaderLimits.maximumLength, maxHeaderListSize: HTTPHeaderLimits.maximumLength,
                maxHeaderFieldCount: HTTPHeaderLimits.maximumCount))
    }

    private init(
        endpoint: Endpoint?, channel: NIOAsyncChannel<Connection, Never>, quiescing: ServerQuiescingHelper, logger: Logger
    ) {
        self.endpoint = endpoint
        self.channel = channel
        self.quiescing = quiescing
        self.logger = logger
    }

    /// The service that answers with these routes until shutdown begins, and finishes the requests that are under way then.
    package func serving(_ routes: Routes) -> any Service {
        HTTPService(listener: self, routes: routes)
    }

    /// Closes the socket of a listener that will not be run.
    package func close() async {
        // An asynchronous channel must have been used before it may go.
        try? await channel.executeThenClose { _ in }
    }

    fileprivate func run(_ routes: Routes) async throws {
        let logger = logger
        let http = HTTP1Channel(responder: { request, writer, channel in
            let context = ClientContext(source: ApplicationRequestContextSource(channel: channel, logger: logger))
            var response = try await routes.respond(to: request, context: context)
            response.headers[.date] = HTTPDate.now
            if request.headers[.connection] == "close" { response.headers[.connection] = "close" }
            try await writer.write(response: response.head, body: response.body)
        })
        try await withGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { group in
                try await channel.executeThenClose { connections in
                    for try await connection in connections {
                        group.addTask { await http.handle(value: connection, logger: logger) }
                    }
                }
            }
        } onGracefulShutdown: {
            self.quiescing.initiateShutdown(promise: nil)
        }
    }
}

extension ServerBootstrap {
    fileprivate func quiescing(by helper: ServerQuiescingHelper) -> ServerBootstrap {
        serverChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(helper.makeServerChannelHandler(channel: channel))
            }
        }
    }
}

private struct HTTPService: Service {
    let listener: HTTPListener
    let routes: Routes

    func run() async throws { try await listener.run(routes) }
}

/// How long a client may take.
package struct HTTPTimeouts: Hashable, Sendable {
    /// From the opening of a connection, or the end of the last response, to the end of the next request's headers.
    package var header = Duration.seconds(15)
    /// From the end of a request's headers to the end of its body.
    package var body = Duration.seconds(10)
    /// From when the client takes no more of a response to when it does again.
    package var writing = Duration.seconds(10)

    package init() {}
}

enum HTTPHeaderLimits {
    /// In octets, of one header field and of all together.
    static let maximumLength = 16_384
    static let maximumCount = 100
}
