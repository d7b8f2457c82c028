import DNS
import Glibc
import NIOCore
import NIOPosix
import Sockets

/// Asks a resolver for the DS records that the parent of a zone has. It asks over TCP, so that only a host that sees the query can
/// answer in the resolver's place: a forged “it is there” would let the old key go too early.
struct ParentQuery: Sendable {
    let resolver: Endpoint
    /// The limit in seconds for the connection and the answer together.
    var timeout: Int64 = 5

    func ask(_ apex: DomainName) async -> ParentAnswer {
        var generator = SystemRandomNumberGenerator()
        let identifier = UInt16.random(in: .min ... .max, using: &generator)
        do {
            return ParentAnswer(in: try await exchange(Self.query(apex, identifier)), to: apex, identifier)
        } catch {
            return .silent("does not answer: \(SocketProblem.text(error))")
        }
    }

    private static func query(_ apex: DomainName, _ identifier: UInt16) -> [UInt8] {
        var message = MessageWriter()
        message.begin(identifier: identifier, flags: .recursionDesired, limit: MessageWriter.maximumLength)
        message.write(Question(name: apex, type: .ds, class: .in))
        message.finish()
        return message.octets
    }

    private func exchange(_ query: [UInt8]) async throws -> [UInt8] {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.seconds(timeout))
            .connect(host: resolver.hostText, port: Int(resolver.port)) { channel in
                channel.eventLoop.makeCompletedFuture {
                    channel.eventLoop.scheduleTask(in: .seconds(timeout)) { channel.close(promise: nil) }
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var request = ByteBuffer(integer: UInt16(query.count))
            request.writeBytes(query)
            try await outbound.write(request)
            var received = ByteBuffer()
            for try await var part in inbound {
                received.writeBuffer(&part)
                if let length = received.getInteger(at: received.readerIndex, as: UInt16.self),
                    let octets = received.getBytes(at: received.readerIndex + 2, length: Int(length))
                {
                    return octets
                }
            }
            throw ChannelError.inputClosed
        }
    }
}
