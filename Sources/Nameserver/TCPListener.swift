package import Authority
package import Delegates
package import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Answers over TCP on one address (RFC 7766).
package final class TCPListener: Service {
    /// With the port that was bound.
    package let endpoint: Endpoint
    private let channel: any Channel
    private let connections: Connections

    /// Binds the socket and begins to answer.
    ///
    /// - Throws: ``ListenError``.
    package static func bind(
        endpoint: Endpoint, responder: Responder, clock: SteadyClock, limits: ConnectionLimits, logger: Logger
    ) async throws(ListenError) -> TCPListener {
        let connections = Connections(maximumCount: limits.maximumCount)
        let bootstrap = ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            // Each connection asks for octets when it can do something with them.
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        StreamConnection(
                            responder: responder, clock: clock, timeout: limits.timeout, connections: connections))
                }
            }
        do {
            let channel = try await bootstrap.bind(host: endpoint.hostText, port: Int(endpoint.port)).get()
            let port = channel.localAddress?.port.flatMap(UInt16.init(exactly:)) ?? endpoint.port
            return TCPListener(
                endpoint: Endpoint(host: endpoint.host, port: port), channel: channel, connections: connections)
        } catch {
            throw ListenError(
                endpoint: endpoint, transport: "TCP", errorNumber: (error as? IOError)?.errnoCode ?? 0)
        }
    }

    private init(endpoint: Endpoint, channel: any Channel, connections: Connections) {
        self.endpoint = endpoint
        self.channel = channel
        self.connections = connections
    }

    /// Returns when shutdown has begun and all connections are closed.
    package func run() async throws {
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await channel.closeFuture.get()
        } onCancelOrGracefulShutdown: {
            self.channel.close(promise: nil)
        }
        connections.closeAll()
    }

    /// Closes the socket of a listener that will not be run.
    package func close() async {
        try? await channel.close()
    }
}

/// How much of the machine TCP clients may take.
package struct ConnectionLimits: Hashable, Sendable {
    /// So many connections may be open on one address; one more closes the one that has been idle for longest.
    package var maximumCount: Int
    /// A connection on which no whole message came for this long is closed, whether it sent nothing or too slowly.
    package var timeout: Duration

    package init(maximumCount: Int = 1000, timeout: Duration = .seconds(10)) {
        self.maximumCount = maximumCount
        self.timeout = timeout
    }
}
