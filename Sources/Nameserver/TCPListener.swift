package import Authority
package import Delegates
import NIOCore
import NIOPosix
import ServiceLifecycle
package import Sockets

/// Answers over TCP on one address (RFC 7766).
package final class TCPListener: Service {
    /// With the port that was bound.
    package let endpoint: Endpoint
    private let channel: any Channel
    private let connections: Connections

    /// Binds the socket and begins to answer.
    ///
    /// - Parameters:
    ///   - connections: shared with the name server's other listeners.
    ///   - timeout: a connection on which no whole message came for this long is closed, whether it sent nothing or too slowly.
    /// - Throws: ``ListenError``.
    package static func bind(
        endpoint: Endpoint, responder: Responder, clock: SteadyClock, connections: Connections, timeout: Duration
    ) async throws(ListenError) -> TCPListener {
        let bootstrap = ServerBootstrap.listening(on: endpoint)
            // Each connection asks for octets when it can do something with them.
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        StreamConnection(responder: responder, clock: clock, timeout: timeout, connections: connections))
                }
            }
        do {
            let channel = try await bootstrap.bind(host: endpoint.hostText, port: Int(endpoint.port)).get()
            return TCPListener(endpoint: endpoint.bound(to: channel), channel: channel, connections: connections)
        } catch {
            throw ListenError(error, endpoint: endpoint)
        }
    }

    private init(endpoint: Endpoint, channel: any Channel, connections: Connections) {
        self.endpoint = endpoint
        self.channel = channel
        self.connections = connections
    }

    /// Returns when shutdown has begun and the connections are closed.
    package func run() async throws {
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await channel.closeFuture.get()
        } onCancelOrGracefulShutdown: {
            self.channel.close(promise: nil)
        }
        await connections.closeAll()
    }

    /// Closes the socket of a listener that will not be run.
    package func close() async {
        try? await channel.close()
    }
}
