import NIOCore
import NIOPosix

/// A request to the running server's operator socket.
enum OperatorConnection {
    /// Sends a request and gives each line that comes back to `body`, until that says that it has enough or the server ends the
    /// connection.
    static func request(_ request: String, at path: String, _ body: (String) async throws -> Bool) async throws {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(unixDomainSocketPath: path) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: request + "\n"))
            var pending = ByteBuffer()
            for try await var octets in inbound {
                pending.writeBuffer(&octets)
                while let end = pending.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
                    let line = pending.readString(length: end - pending.readerIndex) ?? ""
                    pending.moveReaderIndex(forwardBy: 1)
                    guard try await body(line) else { return }
                }
                pending.discardReadBytes()
            }
        }
    }
}
