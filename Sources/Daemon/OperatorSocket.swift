import DNS
import Delegates
import Foundation
import Logging
import NIOCore
import NIOPosix
import Nameserver
import SQLiteStorage
import ServiceLifecycle
import Sockets

/// Where the operator's commands speak to the running server: a socket beside the storage that only this process's user can open.
///
/// A client sends a request and a line's end, and gets lines of JSON:
/// - `trace NAME`: one for each query at or below that name, from then on;
/// - `reload`: one that tells whether the configuration was read anew, and if not, why;
/// - `audit verify`, with the number and the digest of an entry behind it or not: one that tells whether the audit log is whole, and has
///   that entry.
struct OperatorSocket: Service {
    private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    let path: String
    let tap: QueryTap
    let reloading: Reloading
    let storage: SQLiteDelegateStorage
    let logger: Logger

    /// A word, the longest name, and the line's end.
    private static let maximumRequestLength = 1100
    /// How long a client may take to say what it wants.
    private static let requestTimeout = Duration.seconds(5)
    /// So many may be connected at a time; one more takes the place of the one that has been for longest.
    private static let maximumClients = 16
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
                logger.warning("no operator socket any more", metadata: ["operator.socket": "\(path)", "error": "\(error)"])
            }
            try? FileManager.default.removeItem(atPath: path)
        }
        // Without it the server answers all the same: only shutdown ends this.
        try await gracefulShutdown()
    }

    private func bind() async -> NIOAsyncChannel<Connection, Never>? {
        guard path.utf8.count < Self.maximumPathLength else {
            logger.warning("no operator socket: its path is too long", metadata: ["operator.socket": "\(path)"])
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
            logger.warning(
                "no operator socket: it cannot be made", metadata: ["operator.socket": "\(path)", "error": "\(error)"])
            return nil
        }
    }

    private func accept(from channel: NIOAsyncChannel<Connection, Never>) async throws {
        let clients = Connections(Connections.Limits(count: Self.maximumClients))
        try await withThrowingDiscardingTaskGroup { group in
            try await channel.executeThenClose { connections in
                for try await connection in connections {
                    let ticket = clients.add(connection.channel)
                    group.addTask {
                        await serve(connection)
                        if let ticket { clients.remove(ticket) }
                    }
                }
            }
            // The socket is closed: who follows still is cut off.
            await clients.closeAll()
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
            let line = String(
                decoding: request.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }, as: UTF8.self)
            let words = line.split(separator: " ", maxSplits: 1)
            switch words.first {
            case "trace" where words.count == 2:
                try await follow(String(words[1]), octets: &octets, outbound)
            case "reload" where words.count == 1:
                try await outbound.write(Self.line(ReloadLine(reloading.reload())))
            case "audit":
                try await audit(words.last ?? "", outbound)
            default:
                try await outbound.write(Self.line(Self.unknownRequest))
            }
        }
        deadline.cancel()
    }

    private static let unknownRequest = ["error": "a request is “trace NAME”, “reload” or “audit verify”"]

    private func audit(
        _ request: Substring, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) async throws {
        let words = request.split(separator: " ")
        let noted = words.count == 3 ? UInt64(words[1]).map { NotedEntry(number: $0, digest: String(words[2])) } : nil
        guard words.first == "verify", words.count == 1 || noted != nil else {
            return try await outbound.write(Self.line(Self.unknownRequest))
        }
        do {
            try await outbound.write(Self.line(AuditLine(try await storage.verifyAuditLog(noted: noted))))
        } catch let error as StorageError {
            try await outbound.write(Self.line(["error": error.description]))
        }
    }

    private func follow(
        _ text: String, octets: inout NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) async throws {
        guard let name = try? DomainName(text) else {
            try await outbound.write(Self.line(["error": "“\(text)” is not a domain name"]))
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

    private static func line(_ value: some Encodable) throws -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return ByteBuffer(bytes: try encoder.encode(value) + Data("\n".utf8))
    }

    /// Where the socket of a server with this storage is.
    static func path(storage: String) -> String { storage + ".socket" }
}

extension ConfigurationEntries {
    /// The same for a configuration that may be wrong elsewhere; nothing if it cannot be read at all.
    package var operatorSocketPath: String? {
        guard !isIncomplete else { return nil }
        var reader = ConfigurationReader(self)
        return reader.text(.sqlitePath, default: Configuration.defaultStoragePath).map { OperatorSocket.path(storage: $0) }
    }
}

extension Configuration {
    /// The socket at which a running server takes its operator's requests.
    package var operatorSocketPath: String { OperatorSocket.path(storage: storage.sqlitePath) }
}
