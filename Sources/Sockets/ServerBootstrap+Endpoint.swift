package import NIOCore
package import NIOPosix

extension ServerBootstrap {
    /// A listener for one endpoint. One on IPv6 takes no IPv4 clients, so that `0.0.0.0` and `::` can have the same port, and
    /// a client's address has one form.
    ///
    /// - Parameter isGiven: whether the socket is bound already, so that this option cannot be set any more.
    package static func listening(on endpoint: Endpoint, isGiven: Bool = false) -> ServerBootstrap {
        let bootstrap = ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // Connections inherit it from the listening socket: one system call for all of them.
            .serverChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
        switch endpoint.host {
        case .v4: return bootstrap
        case .v6: return isGiven ? bootstrap : bootstrap.serverChannelOption(ipv6Only, value: 1)
        }
    }

    /// Binds the endpoint, or takes the socket that a service manager has bound to it.
    package func bind(_ endpoint: Endpoint, given: CInt?) -> EventLoopFuture<any Channel> {
        if let given { return withBoundSocket(given) }
        return bind(host: endpoint.hostText, port: Int(endpoint.port))
    }

    /// Binds the endpoint, or takes the socket that a service manager has bound to it; its connections are iterated over.
    package static func bind<Connection: Sendable>(
        _ bootstrap: sending ServerBootstrap, _ endpoint: Endpoint, given: CInt?,
        childChannelInitializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Connection>
    ) async throws -> NIOAsyncChannel<Connection, Never> {
        if let given { return try await bootstrap.bind(given, childChannelInitializer: childChannelInitializer) }
        return try await bootstrap.bind(
            host: endpoint.hostText, port: Int(endpoint.port), childChannelInitializer: childChannelInitializer)
    }

    private static var ipv6Only: ChannelOptions.Types.SocketOption {
        ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only)
    }
}

extension ListenError {
    /// The error that SwiftNIO's bind threw.
    package init(_ error: any Error, endpoint: Endpoint) {
        self.init(endpoint: endpoint, transport: "TCP", errorNumber: (error as? IOError)?.errnoCode ?? 0)
    }
}

extension Endpoint {
    /// The same endpoint with the port that a listening channel got.
    package func bound(to channel: any Channel) -> Endpoint {
        Endpoint(host: host, port: channel.localAddress?.port.flatMap(UInt16.init(exactly:)) ?? port)
    }
}
