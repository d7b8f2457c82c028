import DNS
import DelegateAPI
import Delegates
import FoundationEssentials
import Hummingbird
import NIOCore
import ServiceLifecycle

/// `GET status`, `POST reload` and `GET trace`.
struct OperatorServerRoute: Sendable {
    let actions: OperatorActions

    func status(_ request: Request, context: ClientContext) async throws -> Response {
        try Response(status: .ok, value: await actions.status())
    }

    func reload(_ request: Request, context: ClientContext) async throws -> Response {
        let outcome = actions.reload()
        return try Response(status: outcome.reloaded ? .ok : .conflict, value: outcome)
    }

    /// An empty line comes so often where there are no queries: only writing shows that a client is gone.
    private static let quietPeriod = Duration.seconds(5)

    /// A line of JSON for each query, without end. The first, empty one says that it goes on from there.
    func trace(_ request: Request, context: ClientContext) async throws -> Response {
        let text = request.uri.queryParameters["name"].map { String($0) } ?? "."
        guard let name = try? DomainName(text) else { throw Refusal.invalidDelegateName(text) }
        let events = actions.trace(name.isRoot ? nil : name)
        let body = ResponseBody { writer in
            try await writer.write(ByteBuffer(string: "\n"))
            for await line in Self.lines(events).cancelOnGracefulShutdown() { try await writer.write(line) }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "application/x-ndjson"], body: body)
    }

    private static func lines(_ events: AsyncStream<TraceLine>) -> AsyncStream<ByteBuffer> {
        AsyncStream { continuation in
            let task = Task {
                await withTaskGroup { group in
                    group.addTask {
                        for await event in events {
                            guard let octets = try? JSONEncoder.ofAPI.encode(event) else { continue }
                            continuation.yield(ByteBuffer(bytes: octets + Data("\n".utf8)))
                        }
                    }
                    group.addTask {
                        while (try? await Task.sleep(for: quietPeriod)) != nil { continuation.yield(ByteBuffer(string: "\n")) }
                    }
                    await group.next()
                    group.cancelAll()
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }
}
