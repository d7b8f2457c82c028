import DNS
import Foundation
import Logging
import NIOCore
import NIOPosix
import Nameserver
import ServiceLifecycle

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
    /// In octets, the final zero included: what the kernel takes as a socket's path.
    private static let maximumPathLength = 108

    func run() async throws {
        guard path.utf8.count < Self.maximumPathLength else {
            logger.warning("no trace: the path of its socket is too long", metadata: ["trace.socket": "\(path)"])
            return try await gracefulShutdown()
        }
        let channel: NIOAsyncChannel<Connection, Never>
        do {
            channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true) { channel in
                    channel.eventLoop.makeCompletedFuture { try Connection(wrappingChannelSynchronously: channel) }
                }
        } catch {
            logger.warning("no trace: its socket cannot be made", metadata: ["trace.socket": "\(path)", "error": "\(error)"])
            return try await gracefulShutdown()
        }
        // Followers are cut off when shutdown begins, which ends their connections by cancellation.
        try? await cancelWhenGracefulShutdown {
            try await withThrowingDiscardingTaskGroup { group in
                try await channel.executeThenClose { connections in
                    for try await connection in connections {
                        group.addTask { await serve(connection) }
                    }
                }
            }
        }
        try? FileManager.default.removeItem(atPath: path)
    }

    private func serve(_ connection: Connection) async {
        // A client that is gone is no error: it stops following that way.
        try? await connection.executeThenClose { inbound, outbound in
            var request = ByteBuffer()
            var octets = inbound.makeAsyncIterator()
            while !request.readableBytesView.contains(UInt8(ascii: "\n")) {
                guard var more = try await octets.next(),
                    request.readableBytes + more.readableBytes <= Self.maximumRequestLength
                else { return }
                request.writeBuffer(&more)
            }
            let text = String(buffer: request).prefix { $0 != "\n" }
            guard let name = try? DomainName(text) else { return }
            let events = tap.watch(name.isRoot ? nil : name)
            try await outbound.write(ByteBuffer(string: "{\"following\":\"\(name.withoutFinalDot)\"}\n"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let encoder = JSONEncoder()
                    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                    for await event in events {
                        let line = try encoder.encode(TraceLine(event)) + Data("\n".utf8)
                        try await outbound.write(ByteBuffer(bytes: line))
                    }
                }
                // Ends when the client does.
                while try await octets.next() != nil {}
                group.cancelAll()
            }
        }
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

    init(_ event: QueryEvent) {
        time = Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        address = "\(event.address)"
        transport = event.transport
        name = event.question.name.description
        type = "\(event.question.type)"
        rcode = "\(event.responseCode)"
        answers = event.answerCount
        octets = event.length
        truncated = event.isTruncated
    }
}

extension Configuration {
    /// The socket at which a running server lets queries be followed.
    package var tracePath: String { TraceListener.path(storage: storage.sqlitePath) }
}
