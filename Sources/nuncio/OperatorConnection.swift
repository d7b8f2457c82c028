import ArgumentParser
import Daemon
import NIOCore
import NIOPosix

/// A request to the running server's operator socket.
enum OperatorConnection {
    /// The one line that answers a request, from the server that the options lead to.
    ///
    /// - Throws: an exit code; what is wrong has been said.
    static func answer(to request: String, _ options: ConfigurationOptions) async throws -> String {
        // A configuration that is wrong must not keep the server from telling so.
        let entries = options.entries()
        guard let path = entries.operatorSocketPath else {
            for problem in entries.problems { printToStandardError("nuncio: \(problem)") }
            throw ExitCode.configurationProblem
        }
        var answer: String?
        do {
            try await self.request(request, at: path) { line in
                answer = line
                return false
            }
        } catch {
            throw Failure(
                message: "no server takes requests at “\(path)”: \(error)", exitCode: .unreachable
            ).reported()
        }
        guard let answer else {
            throw Failure(message: "the server ended the connection without a word", exitCode: .unreachable).reported()
        }
        return answer
    }

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
