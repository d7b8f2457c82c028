import DNS
import Foundation
import Glibc
import NIOCore
import NIOPosix
import ServiceLifecycle
import Sockets
import Supervision
import Synchronization
import TestSupport
import Testing

/// The watchdog hears of a server as long as its doors answer.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct SignsOfLifeTests {
    /// Returns each query as its response, unless it is silent.
    private final class Door: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        typealias OutboundOut = AddressedEnvelope<ByteBuffer>
        private let isSilent: @Sendable () -> Bool

        init(isSilent: @escaping @Sendable () -> Bool) {
            self.isSilent = isSilent
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var message = unwrapInboundIn(data)
            guard !isSilent(), let flags = message.data.getInteger(at: 2, as: UInt16.self) else { return }
            message.data.setInteger(flags | 0x8000, at: 2)
            context.writeAndFlush(wrapOutboundOut(message), promise: nil)
        }
    }

    /// Answers whatever a client sends with one text, and closes the connection.
    private final class TextDoor: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let text: String

        init(_ text: String) {
            self.text = text
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let channel = context.channel
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text))).whenComplete { _ in channel.close(promise: nil) }
        }
    }

    private func endpoint(of channel: any Channel) throws -> Endpoint {
        try #require(Endpoint("127.0.0.1:\(channel.localAddress?.port ?? 0)"))
    }

    private func nameserver(isSilent: @escaping @Sendable () -> Bool) async throws -> any Channel {
        try await DatagramBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Door(isSilent: isSilent))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    private func api(_ text: String) async throws -> any Channel {
        try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(TextDoor(text))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    @Test func `no sign of life while DNS is silent, and the next one when it answers`() async throws {
        let isSilent = Mutex(true)
        let dns = try await nameserver { isSilent.withLock(\.self) }
        try await withTemporaryFolder { folder in
            let socket = try NotificationSocket(folder.appending(path: "notify").path)
            let log = CapturedLog()
            let environment = ServiceEnvironment(values: ["NOTIFY_SOCKET": socket.name, "WATCHDOG_USEC": "400000"])
            let supervisor = try #require(Supervisor(environment, logger: log.logger))
            let doors = OwnDoors(
                nameservers: [try endpoint(of: dns)], apis: [], zone: try DomainName("d.example"))
            let signs = SignsOfLife(supervisor: supervisor, doors: doors, status: "is well", logger: log.logger)
            let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [signs], logger: log.logger))
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                #expect(try await socket.next() == ["READY=1", "STATUS=is well"])
                let trouble = try await socket.next()
                #expect(
                    trouble.count == 1 && trouble[0].hasPrefix("STATUS=does not answer itself: DNS: 127.0.0.1:"), "\(trouble)")
                isSilent.withLock { $0 = false }
                #expect(try await socket.next() == ["WATCHDOG=1", "STATUS=is well"])
                #expect(try await socket.next(with: "WATCHDOG=1").first == "WATCHDOG=1")
                await group.triggerGracefulShutdown()
                #expect(try await socket.next(with: "STOPPING=1").count == 2)
                try await tasks.waitForAll()
            }
            #expect(log.lines.contains { $0.contains("the server does not answer itself") })
            #expect(log.lines.contains { $0.contains("the server answers itself again") })
        }
        try await dns.close()
    }

    @Test(arguments: [
        ("HTTP/1.1 204 No Content\r\n\r\n", nil), ("HTTP/1.1 503 Service Unavailable\r\n\r\n", nil),
        ("SSH-2.0-OpenSSH\r\n", "sends something else than HTTP/1.1"), ("HTTP", "closes the connection without an answer"),
    ])
    func `the API answers if a response begins, whatever it says`(text: String, problem: String?) async throws {
        let api = try await api(text)
        let doors = OwnDoors(nameservers: [], apis: [try endpoint(of: api)], zone: try DomainName("d.example"))
        do throws(OwnDoors.Trouble) {
            try await doors.look(round: 0, within: Patience.limit)
            #expect(problem == nil)
        } catch {
            #expect(problem.map { "\(error)".contains($0) } == true, "\(error)")
        }
        try await api.close()
    }

    @Test func `each round asks the next address`() async throws {
        let api = try await api("HTTP/1.1 204 No Content\r\n\r\n")
        let nobody = try await self.api("")
        let closed = try endpoint(of: nobody)
        try await nobody.close()
        let doors = OwnDoors(nameservers: [], apis: [try endpoint(of: api), closed], zone: try DomainName("d.example"))
        for round in [0, 2, 100] { try await doors.look(round: round, within: Patience.limit) }
        for round in [1, 3, -1] {
            await #expect(throws: OwnDoors.Trouble.self) { try await doors.look(round: round, within: Patience.limit) }
        }
        try await api.close()
    }
}
