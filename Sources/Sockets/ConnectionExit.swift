package import NIOCore

/// Marks the place in a channel's pipeline at which ``Connections`` closes it to make room. Handlers after it, like that of TLS, would
/// first notify the client.
package final class ConnectionExit: ChannelInboundHandler {
    package typealias InboundIn = ByteBuffer

    package static let name = "exit"

    package init() {}
}
