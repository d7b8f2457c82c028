import Authority
import NIOCore
import NIOPosix
import NIOSSL
import ServiceLifecycle
package import Sockets
import Synchronization

/// Answers over TLS (RFC 7858) on one address.
package final class TLSListener: Service {
    /// With the port that was bound.
    package let endpoint: Endpoint
    private let channel: any Channel
    private let connections: Connections

    /// Binds the socket and begins to answer.
    ///
    /// - Parameter given: the socket that a service manager has bound to the endpoint; `nil` if there is none.
    /// - Throws: ``ListenError``.
    package static func bind(
        endpoint: Endpoint, given: CInt? = nil, identity: TLSIdentity, parts: ListenerParts
    ) async throws(ListenError) -> TLSListener {
        let responders = LoopResponders(parts)
        let bootstrap = ServerBootstrap.listening(on: endpoint, isGiven: given != nil)
            // Each connection reads when it can do something with the octets.
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ConnectionExit(), name: ConnectionExit.name)
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: identity.context))
                    try channel.pipeline.syncOperations.addHandler(
                        TLSConnection(loop: responders.responder(of: channel.eventLoop), parts: parts))
                }
            }
        do {
            let channel = try await bootstrap.bind(endpoint, given: given).get()
            return TLSListener(endpoint: endpoint.bound(to: channel), channel: channel, connections: parts.connections)
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

/// The responders of the event loops, one each.
private final class LoopResponders: Sendable {
    private let parts: ListenerParts
    private let made = Mutex<[ObjectIdentifier: NIOLoopBound<LoopResponder>]>([:])

    init(_ parts: ListenerParts) {
        self.parts = parts
    }

    /// - Precondition: this is called on the event loop.
    func responder(of loop: any EventLoop) -> LoopResponder {
        made.withLock { made in
            let bound =
                made[ObjectIdentifier(loop)]
                ?? NIOLoopBound(LoopResponder(.tls, parts.responder, statistics: parts.statistics), eventLoop: loop)
            made[ObjectIdentifier(loop)] = bound
            return bound
        }.value
    }
}
