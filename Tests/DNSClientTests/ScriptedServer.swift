import DNS
import NIOCore
import NIOPosix
import Sockets
import Synchronization
import TestSupport

/// A name server that does what a test says, over UDP and TCP on one port of loopback.
struct ScriptedServer: Sendable {
    /// The messages to send back for a query in a datagram, in order.
    typealias Datagrams = @Sendable (_ query: [UInt8]) throws -> [[UInt8]]
    /// What to send back over a connection.
    typealias Stream = @Sendable (_ query: [UInt8]) throws -> StreamReply

    struct StreamReply: Sendable {
        /// All octets, with the length in front of the message.
        var octets: [UInt8]
        var closes = false

        static func message(_ octets: [UInt8]) -> StreamReply { StreamReply(octets: TCPConnection.framed(octets)) }
    }

    let endpoint: Endpoint
    /// The number of queries so far.
    var datagramCount: Int { counts.datagrams.withLock(\.self) }
    var connectionCount: Int { counts.connections.withLock(\.self) }
    /// The number of connections that the client has ended.
    var endedCount: Int { counts.ended.withLock(\.self) }
    private let counts: Counts

    fileprivate final class Counts: Sendable {
        let datagrams = Mutex(0)
        let connections = Mutex(0)
        let ended = Mutex(0)
    }

    /// Runs a server.
    ///
    /// - Parameters:
    ///   - forged: datagrams that come from another port before the server's own.
    ///   - stream: `nil` for a server that refuses TCP.
    static func run<Outcome: Sendable>(
        datagrams: @escaping Datagrams = { _ in [] }, forged: @escaping Datagrams = { _ in [] }, stream: Stream? = nil,
        _ body: (ScriptedServer) async throws -> Outcome
    ) async throws -> Outcome {
        let counts = Counts()
        let forger = try await DatagramBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0).get()
        let replies: @Sendable () -> DatagramReplies = {
            DatagramReplies(reply: datagrams, forger: forger, forged: forged, counts: counts)
        }
        let (udp, tcp) = try await bind(replies, stream, counts, attempts: 16)
        let port = UInt16(udp.localAddress?.port ?? 0)
        let outcome: Result<Outcome, any Error>
        do {
            let host = Endpoint.Host.v4(DNS.IPv4Address(number: 0x7F00_0001))
            outcome = .success(try await body(ScriptedServer(endpoint: Endpoint(host: host, port: port), counts: counts)))
        } catch {
            outcome = .failure(error)
        }
        for channel in [udp, tcp, forger] { try await channel?.close() }
        return try outcome.get()
    }

    /// The port that the system chooses for UDP may be taken for TCP.
    private static func bind(
        _ datagrams: @escaping @Sendable () -> DatagramReplies, _ stream: Stream?, _ counts: Counts, attempts: Int
    ) async throws -> (any Channel, (any Channel)?) {
        let udp = try await DatagramBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(datagrams())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        guard let stream else { return (udp, nil) }
        do {
            let tcp = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(StreamReplies(reply: stream, counts: counts))
                    }
                }
                .bind(host: "127.0.0.1", port: udp.localAddress?.port ?? 0).get()
            return (udp, tcp)
        } catch {
            try await udp.close()
            guard attempts > 1 else { throw error }
            return try await bind(datagrams, stream, counts, attempts: attempts - 1)
        }
    }
}

private final class DatagramReplies: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let reply: ScriptedServer.Datagrams
    private let forger: any Channel
    private let forged: ScriptedServer.Datagrams
    private let counts: ScriptedServer.Counts

    init(
        reply: @escaping ScriptedServer.Datagrams, forger: any Channel, forged: @escaping ScriptedServer.Datagrams,
        counts: ScriptedServer.Counts
    ) {
        self.reply = reply
        self.forger = forger
        self.forged = forged
        self.counts = counts
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let query = unwrapInboundIn(data)
        counts.datagrams.withLock { $0 += 1 }
        let octets = Array(query.data.readableBytesView)
        let (own, before) = ((try? reply(octets)) ?? [], (try? forged(octets)) ?? [])
        let (client, channel) = (query.remoteAddress, context.channel)
        @Sendable func send(_ messages: [[UInt8]], through channel: any Channel) -> EventLoopFuture<Void> {
            EventLoopFuture.andAllSucceed(
                messages.map {
                    channel.writeAndFlush(AddressedEnvelope(remoteAddress: client, data: ByteBuffer(bytes: $0)))
                }, on: channel.eventLoop)
        }
        send(before, through: forger).whenComplete { _ in _ = send(own, through: channel) }
    }
}

/// The query must come whole in one read, as it does over loopback.
private final class StreamReplies: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let reply: ScriptedServer.Stream
    private let counts: ScriptedServer.Counts

    init(reply: @escaping ScriptedServer.Stream, counts: ScriptedServer.Counts) {
        self.reply = reply
        self.counts = counts
    }

    func channelActive(context: ChannelHandlerContext) {
        counts.connections.withLock { $0 += 1 }
    }

    func channelInactive(context: ChannelHandlerContext) {
        counts.ended.withLock { $0 += 1 }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let reply = try? reply(Array(unwrapInboundIn(data).readableBytesView.dropFirst(2))) else { return }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: reply.octets)), promise: nil)
        if reply.closes { context.close(promise: nil) }
    }
}
