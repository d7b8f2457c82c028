import ArgumentParser
import AsyncHTTPClient
import Daemon
import DelegateAPI
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// The operator's API from the command's side.
struct OperatorClient {
    private let base: String
    /// For messages.
    private let place: String
    private let token: String?
    private let http: HTTPClient

    /// Reading a long audit log takes its time.
    private static let unixScheme = "http+unix://"
    private static let timeout = TimeAmount.seconds(300)
    private static let maximumResponseLength = 33_554_432

    /// Gives a client of the server that the options lead to.
    ///
    /// - Throws: an exit code; what is wrong has been said.
    static func with<Outcome>(
        _ options: OperatorOptions, _ body: (OperatorClient) async throws -> Outcome
    ) async throws -> Outcome {
        var configuration = HTTPClient.Configuration()
        // A person waits: a server that is not there is told at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.redirectConfiguration = .disallow
        let http = HTTPClient(configuration: configuration)
        let outcome: Result<Outcome, any Error>
        do {
            outcome = .success(try await body(try OperatorClient(options, http)))
        } catch let failure as Failure {
            outcome = .failure(failure.reported())
        } catch {
            outcome = .failure(error)
        }
        try? await http.shutdown()
        return try outcome.get()
    }

    private init(_ options: OperatorOptions, _ http: HTTPClient) throws {
        self.http = http
        if let url = options.url, let file = options.tokenFile {
            guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
                throw Failure(message: "the token file “\(file)” cannot be read", exitCode: .refused)
            }
            token = text.trimmingCharacters(in: .whitespacesAndNewlines)
            place = url
            base = (url.hasSuffix("/") ? String(url.dropLast()) : url) + "/v1/"
        } else {
            let path = try options.local.storagePath() + ".socket"
            token = nil
            place = path
            base = Self.unixScheme + (path.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? path) + "/v1/"
        }
    }

    // MARK: Requests

    enum Method: String {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    /// - Parameter path: parts between slashes.
    func get<Answer: Decodable>(_ path: [String], query: [(String, String?)] = []) async throws -> Answer {
        try decode(try await data(.get, path, query: query))
    }

    /// - Parameter others: statuses that are no failure, beside those of success.
    func send<Answer: Decodable>(
        _ method: Method, _ path: [String], body: (any Encodable)?, accepting others: Set<UInt> = []
    ) async throws -> Answer {
        try decode(try await data(method, path, body: body, accepting: others))
    }

    /// A request whose answer says nothing but that it was done.
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

    /// Gives each line that comes to `body`, until the server ends the response.
    func lines(_ path: [String], query: [(String, String?)], _ body: (String) throws -> Void) async throws {
        let response = try await execute(.get, path, query: query, body: nil)
        guard response.status == .ok else {
            throw failure(
                status: response.status, try await octets(of: response))
        }
        var pending = ByteBuffer()
        for try await var octets in response.body {
            pending.writeBuffer(&octets)
            while let end = pending.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
                let line = pending.readString(length: end - pending.readerIndex) ?? ""
                pending.moveReaderIndex(forwardBy: 1)
                try body(line)
            }
            pending.discardReadBytes()
        }
    }

    private func octets(of response: HTTPClientResponse) async throws -> Data {
        do {
            return Data(buffer: try await response.body.collect(upTo: Self.maximumResponseLength))
        } catch {
            throw Failure(message: "“\(place)” broke off, or answered too much: \(error)", exitCode: .unreachable)
        }
    }

    private func execute(
        _ method: Method, _ path: [String], query: [(String, String?)], body: (any Encodable)?
    ) async throws -> HTTPClientResponse {
        guard !path.contains(where: \.isEmpty) else {
            throw Failure(message: "a name or label is empty", exitCode: .refused)
        }
        func encoded(_ text: String) -> String { text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "" }
        let items = query.compactMap { name, value in value.map { "\(name)=\(encoded($0))" } }
        let parts = path.map { $0.addingPercentEncoding(withAllowedCharacters: Self.plain) ?? "" }
        var request = HTTPClientRequest(
            url: base + parts.joined(separator: "/") + (items.isEmpty ? "" : "?" + items.joined(separator: "&")))
        request.method = HTTPMethod(rawValue: method.rawValue)
        // AsyncHTTPClient sends none through a Unix socket, and HTTP/1.1 wants one (RFC 9112 section 3.2).
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
        } catch {
            throw Failure(
                message: "no server takes requests at “\(place)”: \(APIClient.reason(error))", exitCode: .unreachable)
        }
    }

    private static let plain = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._"))

    private func failure(status: HTTPResponseStatus, _ data: Data) -> Failure {
        let answer = try? JSONDecoder().decode(ErrorResponse.self, from: data)
        let exitCode: ExitCode = status.code >= 500 || status == .tooManyRequests ? .unreachable : .refused
        return Failure(
            message: answer.map { $0.detail ?? $0.error } ?? "“\(place)” answered \(status.code), and not as nuncio does",
            exitCode: exitCode)
    }

    private func decode<Answer: Decodable>(_ data: Data) throws(Failure) -> Answer {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode(Answer.self, from: data)
        } catch {
            throw Failure(message: "“\(place)” answered something that is not of the operator’s API", exitCode: .refused)
        }
    }
}
