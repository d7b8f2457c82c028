import HTTPTypes
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import NIOExtras
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOPosix
import NIOSSL
package import ServiceLifecycle
package import Sockets

/// The HTTP API at one address, or at one path.
///
/// Hummingbird's own server cannot set the option that lets IPv4 and IPv6 share a port, and cannot take a socket that is bound
/// before it runs. So its connections and router are used, and this type listens. A port that is taken stops the start, before
/// anything is answered.
package final class HTTPListener: Sendable {
    private typealias Connection = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    /// The address with the port that was bound; `nil` for a Unix socket.
    package let endpoint: Endpoint?
    private let channel: NIOAsyncChannel<Connection, Never>
    private let quiescing: ServerQuiescingHelper
    private let logger: Logger

    /// Binds the socket. Connections wait until the listener is ``serving(_:)``.
    ///
    /// - Parameters:
    ///   - given: the socket that a service manager has bound to the endpoint; `nil` if there is none.
    ///   - identity: the certificate of HTTPS; `nil` for plain HTTP.
    ///   - connections: shared with the API's other listeners.
    /// - Throws: ``ListenError``.
    package static func bind(
        endpoint: Endpoint, given: CInt? = nil, identity: TLSIdentity? = nil, connections: Connections,
        timeouts: HTTPTimeouts, logger: Logger
    ) async throws(ListenError) -> HTTPListener {
        let quiescing = ServerQuiescingHelper(group: .singletonMultiThreadedEventLoopGroup)
        let logger = quiet(logger)
        do {
            let bootstrap = ServerBootstrap.listening(on: endpoint, isGiven: given != nil).readingLittle()
            let channel = try await ServerBootstrap.bind(
                bootstrap.quiescing(by: quiescing), endpoint, given: given,
                childChannelInitializer: setup(
                    identity: identity, connections: connections, timeouts: timeouts, logger: logger))
            return HTTPListener(
                endpoint: endpoint.bound(to: channel.channel), channel: channel, quiescing: quiescing, logger: logger)
        } catch {
            throw ListenError(error, endpoint: endpoint)
        }
    }

    /// Binds a Unix socket. A socket that is there is replaced: the caller makes sure that no process listens at it.
    ///
    /// - Throws: the system's error.
    package static func bind(
        path: String, connections: Connections, timeouts: HTTPTimeouts, logger: Logger
    ) async throws -> HTTPListener {
        let quiescing = ServerQuiescingHelper(group: .singletonMultiThreadedEventLoopGroup)
        let logger = quiet(logger)
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .readingLittle().quiescing(by: quiescing)
            .bind(
                unixDomainSocketPath: path, cleanupExistingSocketFile: true,
                childChannelInitializer: setup(
                    identity: nil, connections: connections, timeouts: timeouts, logger: logger))
        return HTTPListener(endpoint: nil, channel: channel, quiescing: quiescing, logger: logger)
    }

    private static func quiet(_ logger: Logger) -> Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }

    private static func setup(
        identity: TLSIdentity?, connections: Connections, timeouts: HTTPTimeouts, logger: Logger
    ) -> @Sendable (any Channel) -> EventLoopFuture<Connection> {
        { channel in
            channel.eventLoop.makeCompletedFuture {
                var encoding = HTTPResponseEncoder.Configuration()
                // HTTPResponseHead.complete(for:version:) sets them: the encoder does not know the request.
                encoding.automaticallySetFramingHeaders = false
                if let identity {
                    try channel.pipeline.syncOperations.addHandler(ConnectionExit(), name: ConnectionExit.name)
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: identity.context))
                }
                try channel.pipeline.syncOperations.addHandlers([
                    HTTPResponseEncoder(configuration: encoding),
                    RequestReader(),
                    HTTP1ToHTTPServerCodec(secure: identity != nil),
                    ConnectionDeadline(timeouts: timeouts, connections: connections),
                    ProtocolErrorAnswer(),
                    ExpectationAnswer(),
                    HTTPConnectionStateHandler(idleTimeout: timeouts.header, logger: logger),
                ])
                return try Connection(
                    wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
            }
        }
    }

    private init(
        endpoint: Endpoint?, channel: NIOAsyncChannel<Connection, Never>, quiescing: ServerQuiescingHelper, logger: Logger
    ) {
        self.endpoint = endpoint
        self.channel = channel
        self.quiescing = quiescing
        self.logger = logger
    }

    /// A service that answers with these routes until shutdown begins, and then finishes the requests that are under way.
    package func serving(_ routes: Routes) -> any Service {
        HTTPService(listener: self, routes: routes)
    }

    /// Closes the socket of a listener that will not be run.
    package func close() async {
        // An asynchronous channel must be used before it is released.
        try? await channel.executeThenClose { _ in }
    }

    fileprivate func run(_ routes: Routes) async throws {
        let logger = logger
        let http = HTTP1Channel(responder: { request, writer, channel in
            let context = ClientContext(source: ApplicationRequestContextSource(channel: channel, logger: logger))
            var response = try await routes.respond(to: request, context: context)
            if request.headers[.connection] == "close" { response.headers[.connection] = "close" }
            try await writer.write(response: response.head, body: response.body)
        })
        try await withGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { group in
                try await channel.executeThenClose { connections in
                    for try await connection in connections {
                        group.addTask {
                            let loop = routes.runOnEventLoops ? EventLoopTasks(connection.channel.eventLoop) : nil
                            await withTaskExecutorPreference(loop) {
                                await Self.handle(connection, by: http, logger: logger)
                            }
                        }
                    }
                }
            }
        } onGracefulShutdown: {
            self.quiescing.initiateShutdown(promise: nil)
        }
    }
}

extension HTTPListener {
    /// Handles a connection, and cancels what its client has asked for when the connection is gone.
    private static func handle(_ connection: Connection, by http: HTTP1Channel, logger: Logger) async {
        await withDiscardingTaskGroup { tasks in
            tasks.addTask { await http.handle(value: connection, logger: logger) }
            // This fails only if the channel could not be closed properly: then it is gone as well.
            try? await connection.channel.closeFuture.get()
            tasks.cancelAll()
        }
    }
}

extension ServerBootstrap {
    /// Limits what one read may bring, and so what is kept of requests that a client sends too early.
    fileprivate func readingLittle() -> ServerBootstrap {
        childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 64, initial: 2048, maximum: 16_384))
    }

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

/// The time limits for a client.
package struct HTTPTimeouts: Hashable, Sendable {
    /// From the opening of a connection, or the end of the last response, to the end of the next request's headers.
    package var header = Duration.seconds(15)
    /// From the end of a request's headers to the end of its body.
    package var body = Duration.seconds(10)
    /// From the moment when the client stops taking a response to the moment when it goes on.
    package var writing = Duration.seconds(10)

    package init() {}
}

enum HTTPHeaderLimits {
    /// The limit on a request's header and trailer fields together, in octets. The blanks around values and the first line do not
    /// count.
    static let maximumLength = 16_384
    static let maximumCount = 100
    /// The same limit with everything that does not count, except the first line.
    static let maximumOctets = maximumLength + 1024
}
