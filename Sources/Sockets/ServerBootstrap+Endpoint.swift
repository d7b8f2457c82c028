package import NIOCore
package import NIOPosix

extension ServerBootstrap {
    /// A listener for one endpoint. One on IPv6 takes no IPv4 clients, so that `0.0.0.0` and `::` can have the same port, and
    /// a client's address has one form.
    package static func listening(on endpoint: Endpoint) -> ServerBootstrap {
        let bootstrap = ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // Connections inherit it from the listening socket: one system call for all of them.
            .serverChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
        switch endpoint.host {
        case .v4: return bootstrap
        case .v6: return bootstrap.serverChannelOption(ipv6Only, value: 1)
        }
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
