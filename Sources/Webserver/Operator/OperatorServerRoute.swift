import AsyncAlgorithms
import DNS
import DelegateAPI
import Delegates
import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

/// `GET status`, `GET nodes`, `POST reload` and `GET trace`.
struct OperatorServerRoute: Sendable {
    let actions: OperatorActions

    func status(_ request: Request, context: ClientContext) async throws -> Response {
        try Response(status: .ok, value: await actions.status())
    }

    func nodes(_ request: Request, context: ClientContext) async throws -> Response {
        try Response(status: .ok, value: actions.nodes())
    }

    func reload(_ request: Request, context: ClientContext) async throws -> Response {
        let outcome = await actions.reload()
        return try Response(status: outcome.reloaded ? .ok : .conflict, value: outcome)
    }

    /// The interval of empty lines. Only writing shows that a client is gone, and proxies cut silent connections (HAProxy after 50
    /// s, nginx after 60 s).
    private static let heartbeat = Duration.seconds(5)

    /// Sends a line of JSON for each query, without end. The first line is empty: the trace begins there.
    func trace(_ request: Request, context: ClientContext) async throws -> Response {
        let text = try request.text("name") ?? "."
        let name: DomainName
        do {
            name = try DomainName(asked: text)
        } catch {
            throw RequestError.invalidName(error.description)
        }
        let lines = Self.withHeartbeat(actions.trace(name.isRoot ? nil : name))
        let body = ResponseBody { writer in
            try await writer.write(ByteBuffer(string: "\n"))
            for await line in lines {
                let octets = try line.map { try JSONEncoder.ofAPI.encode($0) } ?? Data()
                try await writer.write(ByteBuffer(bytes: octets + Data("\n".utf8)))
            }
            try await writer.finish(nil)
        }
        var response = Response(status: .ok, headers: [.contentType: "application/x-ndjson"], body: body)
        // nginx would hold the lines back until it has some kilobytes of them.
        if let buffering = HTTPField.Name("X-Accel-Buffering") { response.headers[buffering] = "no" }
        return response
    }

    /// Takes an event only when the one before is written: a slow client loses the oldest, which the watch counts. Ends at
    /// shutdown.
    private static func withHeartbeat(
        _ events: some AsyncSequence<TraceLine, Never> & Sendable
    ) -> any AsyncSequence<TraceLine?, Never> & Sendable {
        let beats = AsyncTimerSequence.repeating(every: heartbeat).map { _ -> TraceLine? in nil }
        return merge(events.map { line -> TraceLine? in line }, beats).cancelOnGracefulShutdown()
    }
}
