import NIOCore
import NIOPosix
package import Sockets

/// The ways from this machine.
package enum Route {
    /// The address from which the machine would send to another one, as its kernel has it; nothing is sent.
    ///
    /// - Returns: `nil` if there is no way.
    package static func source(towards host: Endpoint.Host) async -> Endpoint.Host? {
        let target = Endpoint(host: host, port: 53)
        guard let address = try? SocketAddress(ipAddress: target.hostText, port: Int(target.port)),
            let channel = try? await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(to: address).get()
        else { return nil }
        let source = channel.localAddress?.ipAddress
        // It sends nothing and receives nothing; a failure to close it changes nothing.
        try? await channel.close()
        return source.flatMap { Endpoint($0.contains(":") ? "[\($0)]:53" : "\($0):53") }?.host
    }
}
