import ArgumentParser
import AsyncHTTPClient
import Daemon
import DelegateAPI
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import Sockets

/// A client for the operator's API.
struct OperatorClient {
    private let base: String
    /// The socket's path or the URL, for messages.
    private let place: String
    private let token: String?
    private let isSocket: Bool
    private let http: HTTPClient

    private static let unixScheme = "http+unix://"
    /// Reading a long audit log takes time.
    private static let timeout = TimeAmount.seconds(300)
    private static let maximumResponseLength = 33_554_432

    /// Passes a client of the server that the options lead to.
    ///
    /// - Throws: an exit code; the problem has been printed.
    static func with<Outcome>(
        _ options: OperatorOptions, _ body: (OperatorClient) async throws -> Outcome
    ) async throws -> Outcome {
        do {
            return try await reach(options, body)
        } catch let failure as Failure {
            throw failure.reported()
        }
    }

    /// Passes a client as ``with(_:_:)`` does, and prints no failure.
    ///
    /// - Throws: a ``Failure``, an exit code if the configuration is wrong, or what `body` throws.
    static func reach<Outcome>(
        _ options: OperatorOptions, _ body: (OperatorClient) async throws -> Outcome
    ) async throws -> Outcome {
        var configuration = HTTPClient.Configuration()
        // A person waits: an unreachable server is reported at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.redirectConfiguration = .disallow
        let way = try Way(options)
        try TrustedRoots.apply(to: &configuration)
        if let peer = way.peer {
            configuration.http1_1ConnectionDebugInitializer = { peer.check($0) }
        }
        let http = HTTPClient(configuration: configuration)
        let outcome: Result<Outcome, any Error>
        do {
            outcome = .success(try await body(OperatorClient(way, http)))
        } catch {
            outcome = .failure(error)
        }
        try? await http.shutdown()
        return try outcome.get()
    }

    /// How the server is reached.
    private struct Way {
        let base: String
        /// The socket's path or the URL, for messages.
        let place: String
        let token: String?
        /// The process that must be at the other side of the socket; `nil` over TCP.
        let peer: SocketPeer?

        init(_ options: OperatorOptions) throws {
            if let url = options.url, let file = options.tokenFile {
                let server = try ServerURL(url, from: "--url")
                token = try Self.token(in: file)
                if let warning = server.warning { printToStandardError(warning) }
                place = server.base
                base = server.base + "v1/"
                peer = nil
            } else {
                let state = try options.local.stateFiles()
                let path = state.socket
                token = nil
                place = path
                base =
                    OperatorClient.unixScheme + (path.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? path)
                    + "/v1/"
                peer = SocketPeer(socket: path, owned: try state.folder ?? options.local.storagePath())
            }
        }

        private static func token(in file: String) throws(Failure) -> String {
            func wrong(_ reason: String) -> Failure {
                Failure(message: "the token file “\(file)” \(reason)", exitCode: .refused)
            }
            let text: String
            do {
                text = try SmallFile.text(at: file, maximumLength: 4096)
            } catch {
                throw wrong("cannot be read: \(error)")
            }
            let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
            // The token goes into a header.
            guard !token.isEmpty, token.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
                throw wrong("is empty, or holds more than the one line with the token")
            }
            return token
        }
    }

    private init(_ way: Way, _ http: HTTPClient) {
        self.http = http
        base = way.base
        place = way.place
        token = way.token
        isSocket = way.peer != nil
    }

    // MARK: Requests

    enum Method: String {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    /// - Parameter path: the parts between slashes.
    func get<Answer: Decodable>(_ path: [String], query: [(String, String?)] = []) async throws -> Answer {
        try decode(try await data(.get, path, query: query))
    }

    /// - Parameter others: statuses that are not failures, apart from those of success.
    func send<Answer: Decodable>(
        _ method: Method, _ path: [String], body: (any Encodable)?, accepting others: Set<UInt> = []
    ) async throws -> Answer {
        try decode(try await data(method, path, body: body, accepting: others))
    }

    /// Sends a request whose response has no content of interest.
    func send(_ method: Method, _ path: [String], body: (any Encodable)? = nil) async throws {
        _ = try await data(method, path, body: body)
    }

    private func data(
        _ method: Method, _ path: [String], query: [(String, String?)] = [], body: (any Encodable)? = nil,
        accepting others: Set<UInt> = []
    ) async throws -> Data {
        let response = try await execute(method, path, query: query, body: body)
        let data = try await octets(of: response)
        guard 200..<300 ~= response.status.code || others.contains(response.status.code) else {
            throw failure(status: response.status, data)
        }
        return data
    }

    /// Passes each line that arrives to `body`, until the server ends the response.
    func lines(_ path: [String], query: [(String, String?)], _ body: (String) throws -> Void) async throws {
        let response = try await execute(.get, path, query: query, body: nil)
        guard response.status == .ok else {
            throw failure(
                status: response.status, try await octets(of: response))
        }
        var pending = ByteBuffer()
        do {
            for try await var octets in response.body {
                pending.writeBuffer(&octets)
                while let end = pending.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
                    let line = pending.readString(length: end - pending.readerIndex) ?? ""
                    pending.moveReaderIndex(forwardBy: 1)
                    try body(line)
                }
                pending.discardReadBytes()
            }
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(
                message: "the connection to “\(place)” broke off: \(ConnectionProblem.text(error))", exitCode: .unreachable)
        }
    }

    private func octets(of response: HTTPClientResponse) async throws -> Data {
        do {
            return Data(buffer: try await response.body.collect(upTo: Self.maximumResponseLength))
        } catch {
            throw Failure(
                message: "the connection to “\(place)” broke off: \(ConnectionProblem.text(error))", exitCode: .unreachable)
        }
    }

    private func execute(
        _ method: Method, _ path: [String], query: [(String, String?)], body: (any Encodable)?
    ) async throws -> HTTPClientResponse {
        guard !path.contains(where: \.isEmpty) else {
            throw Failure(message: "a name or label is empty", exitCode: .validationFailure)
        }
        func encoded(_ text: String) -> String { text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "" }
        let items = query.compactMap { name, value in value.map { "\(name)=\(encoded($0))" } }
        let parts = path.map { $0.addingPercentEncoding(withAllowedCharacters: Self.plain) ?? "" }
        var request = HTTPClientRequest(
            url: base + parts.joined(separator: "/") + (items.isEmpty ? "" : "?" + items.joined(separator: "&")))
        request.method = HTTPMethod(rawValue: method.rawValue)
        // AsyncHTTPClient sends none through a Unix socket, and HTTP/1.1 requires one (RFC 9112 section 3.2).
        if base.hasPrefix(Self.unixScheme) { request.headers.add(name: "Host", value: "localhost") }
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body {
            let encoder = JSONEncoder()
            encoder.keyEncodingStrategy = .convertToSnakeCase
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(data: try encoder.encode(body)))
        }
        do {
            return try await http.execute(request, timeout: Self.timeout)
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(message: "no server accepts requests at “\(place)”: \(reason(error))", exitCode: .unreachable)
        }
    }

    /// Why there was no response, and what to do.
    private func reason(_ error: any Error) -> String {
        guard isSocket else { return ConnectionProblem.text(error) }
        return switch SocketProblem.errorNumber(error) {
        case ENOENT:
            "there is no such socket. Either no server runs, or it uses another storage or state folder: give its own --config or --storage"
        case ECONNREFUSED: "the server that made the socket has stopped. Start it"
        case EACCES: "only the server’s user may open it. Run the command as that user, or as root"
        case ENOTSOCK: "it is not a socket"
        default: ConnectionProblem.text(error)
        }
    }

    private static let plain = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._"))

    private func failure(status: HTTPResponseStatus, _ data: Data) -> Failure {
        guard status != .unauthorized || token == nil else {
            return Failure(
                message:
                    "“\(place)” refuses the operator’s token: the file of --token-file does not hold the same one as that server’s operator.token-file",
                exitCode: .refused)
        }
        let answer = try? JSONDecoder().decode(ErrorResponse.self, from: data)
        let exitCode: ExitCode = status.code >= 500 || status == .tooManyRequests ? .unreachable : .refused
        return Failure(
            message: answer.map { $0.detail ?? $0.error } ?? "“\(place)” answered \(status.code), but not as nuncio does",
            exitCode: exitCode)
    }

    private func decode<Answer: Decodable>(_ data: Data) throws(Failure) -> Answer {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode(Answer.self, from: data)
        } catch {
            throw Failure(message: "“\(place)” gave an answer that is not of the operator’s API", exitCode: .refused)
        }
    }
}
