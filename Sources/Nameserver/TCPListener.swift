import Authority
package import Delegates
import NIOCore
import NIOPosix
import NIOSSL
import ServiceLifecycle
package import Sockets

/// Answers over TCP (RFC 7766), or over TLS (RFC 7858), on one address.
package final class TCPListener: Service {
    /// With the port that was bound.
    package let endpoint: Endpoint
    private let channel: any Channel
    private let connections: Connections

    /// What the name server's stream listeners share.
    package struct Parts: Sendable {
        package var responders: LoopResponders
        package var clock: SteadyClock
        package var tap: QueryTap
        package var connections: Connections

        package init(responders: LoopResponders, clock: SteadyClock, tap: QueryTap, connections: Connections) {
            self.responders = responders
            self.clock = clock
            self.tap = tap
            self.connections = connections
        }
    }

    /// Binds the socket and begins to answer.
    ///
    /// - Parameter identity: for TLS; without one, messages come in clear.
    /// - Throws: ``ListenError``.
    package static func bind(
        endpoint: Endpoint, parts: Parts, identity: TLSIdentity? = nil
    ) async throws(ListenError) -> TCPListener {
        let bootstrap = ServerBootstrap.listening(on: endpoint)
            // Each connection asks for octets when it can do something with them.
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let identity {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: identity.context))
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        StreamConnection(
                            loop: parts.responders.responder(of: channel.eventLoop), clock: parts.clock,
                            transport: identity == nil ? .tcp : .tls,
                            tap: parts.tap, connections: parts.connections))
                }
            }
        do {
            let channel = try await bootstrap.bind(host: endpoint.hostText, port: Int(endpoint.port)).get()
            return TCPListener(endpoint: endpoint.bound(to: channel), channel: channel, connections: parts.connections)
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
