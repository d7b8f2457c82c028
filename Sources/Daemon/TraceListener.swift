import DNS
import Foundation
import Logging
import NIOCore
import NIOPosix
import Nameserver
import ServiceLifecycle
import Sockets

/// Lets the operator follow live who asks for a name: a socket beside the storage that only this process's user can open.
///
/// A client sends a name and a line's end; from then on it gets a line of JSON for each query at or below that name.
struct TraceListener: Service {
    private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    let path: String
    let tap: QueryTap
    let logger: Logger

    /// The longest name, and its line's end.
    private static let maximumRequestLength = 1100
    /// How long a client may take to say what it follows.
    private static let requestTimeout = Duration.seconds(5)
    /// So many may follow at a time; one more takes the place of the one that has followed for longest.
    private static let maximumFollowers = 16
    /// In octets, the final zero included: what the kernel takes as a socket's path.
    private static let maximumPathLength = 108

    func run() async throws {
        if let channel = await bind() {
            do {
                try await withGracefulShutdownHandler {
                    try await accept(from: channel)
                } onGracefulShutdown: {
                    channel.channel.close(promise: nil)
                }
            } catch {
                logger.warning("no trace any more", metadata: ["trace.socket": "\(path)", "error": "\(error)"])
            }
            try? FileManager.default.removeItem(atPath: path)
        }
        // Without a trace the server is as good as with one: only shutdown ends this.
        try await gracefulShutdown()
    }

    private func bind() async -> NIOAsyncChannel<Connection, Never>? {
        guard path.utf8.count < Self.maximumPathLength else {
            logger.warning("no trace: the path of its socket is too long", metadata: ["trace.socket": "\(path)"])
            return nil
        }
        do {
            let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true) { channel in
                    channel.eventLoop.makeCompletedFuture { try Connection(wrappingChannelSynchronously: channel) }
                }
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
            return channel
        } catch {
            logger.warning("no trace: its socket cannot be made", metadata: ["trace.socket": "\(path)", "error": "\(error)"])
            return nil
        }
    }

    private func accept(from channel: NIOAsyncChannel<Connection, Never>) async throws {
        let followers = Connections(maximumCount: Self.maximumFollowers)
        try await withThrowingDiscardingTaskGroup { group in
            try await channel.executeThenClose { connections in
                for try await connection in connections {
                    followers.add(connection.channel)
                    group.addTask {
                        await serve(connection)
                        followers.remove(connection.channel)
                    }
                }
            }
            // The socket is closed: who follows still is cut off.
            await followers.closeAll()
        }
    }

    private func serve(_ connection: Connection) async {
        let deadline = connection.channel.eventLoop.scheduleTask(in: TimeAmount(Self.requestTimeout)) {
            connection.channel.close(promise: nil)
        }
        // A client that is gone is no error: it stops following that way.
        try? await connection.executeThenClose { inbound, outbound in
            var octets = inbound.makeAsyncIterator()
            var request: [UInt8] = []
            while !request.contains(UInt8(ascii: "\n")) {
                guard let more = try await octets.next(), request.count + more.readableBytes <= Self.maximumRequestLength else {
                    return
                }
                request += more.readableBytesView
            }
            deadline.cancel()
            let line = request.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
            guard let name = try? DomainName(String(decoding: line, as: UTF8.self)) else {
                try await outbound.write(Self.line(["error": "this is not a domain name"]))
                return
            }
            let events = tap.watch(name.isRoot ? nil : name)
            try await outbound.write(Self.line(["following": name.withoutFinalDot]))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await event in events { try await outbound.write(Self.line(TraceLine(event))) }
                }
                // Ends when the client does.
                while try await octets.next() != nil {}
                group.cancelAll()
            }
        }
        deadline.cancel()
    }

    private static func line(_ value: some Encodable) throws -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return ByteBuffer(bytes: try encoder.encode(value) + Data("\n".utf8))
    }

    /// Where the socket of a server with this storage is.
    static func path(storage: String) -> String { storage + ".trace" }
}

/// What a follower sees of one query.
package struct TraceLine: Codable, Sendable {
    package var time: String
    package var address: String
    package var transport: String
    package var name: String
    package var type: String
    package var rcode: String
    package var answers: Int
    package var octets: Int
    package var truncated: Bool
    /// Events that this follower was too slow for, so far.
    package var lost: Int

    init(_ event: QueryEvent) {
        time = event.time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        address = "\(event.address)"
        transport = event.transport
        name = event.question?.name.description ?? "-"
        type = event.question.map { "\($0.type)" } ?? "-"
        rcode = "\(event.responseCode)"
        answers = event.answerCount
        octets = event.length
        truncated = event.isTruncated
        lost = event.lost
    }
}

extension Configuration {
    /// The socket at which a running server lets queries be followed.
    package var tracePath: String { TraceListener.path(storage: storage.sqlitePath) }
}
