import ArgumentParser
import AsyncHTTPClient
import DelegateAPI
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import NIOPosix

/// The two requests of the acme-dns API, from the client's side.
struct APIClient {
    private let base: String

    private static let timeout = TimeAmount.seconds(30)
    private static let maximumResponseLength = 65_536

    /// - Parameter server: the URL in front of `register` and `update`, with or without a final slash.
    init(server: String) throws(Failure) {
        guard let url = URL(string: server), ["http", "https"].contains(url.scheme?.lowercased() ?? ""),
            let host = url.host(), !host.isEmpty, url.query() == nil, url.fragment() == nil,
            url.port.map({ 1...65_535 ~= $0 }) ?? !Self.hasPort(server)
        else {
            throw Failure(
                message: "“\(server)” is not the URL of a server: write it like https://auth.example.net",
                exitCode: .validationFailure)
        }
        base = server.hasSuffix("/") ? server : server + "/"
    }

    /// Whether there is a port that is too large for Foundation to see it as one.
    private static func hasPort(_ server: String) -> Bool {
        server.contains(/^[a-zA-Z]+:\/\/[^\/]*:[0-9]+(\/|$)/)
    }

    func register(_ request: RegisterRequest) async throws(Failure) -> RegisterResponse {
        let answer: RegisterResponse = try await post("register", body: request, headers: [:], expecting: .created)
        // Lines made of it are pasted into shells and zone files.
        let isSafe = [answer.username, answer.password, answer.fulldomain, answer.subdomain].allSatisfy { field in
            !field.isEmpty && field.wholeMatch(of: /[A-Za-z0-9_.\-]+/) != nil
        }
        guard isSafe, answer.serverURL.map({ $0.wholeMatch(of: /https?:\/\/[A-Za-z0-9_.:\/\[\]%~\-]+/) != nil }) ?? true else {
            throw Failure(
                message: "\(base)register answered with characters that no credential has: it is not used", exitCode: .refused)
        }
        return answer
    }

    func update(_ request: UpdateRequest, username: String, password: String) async throws(Failure) -> UpdateResponse {
        let answer: UpdateResponse = try await post(
            "update", body: request, headers: ["X-Api-User": username, "X-Api-Key": password], expecting: .ok)
        guard answer.txt == request.txt else {
            throw Failure(message: "\(base)update answered with another value than was sent", exitCode: .refused)
        }
        return answer
    }

    private static func execute(_ request: HTTPClientRequest) async throws -> (HTTPClientResponse, ByteBuffer) {
        var configuration = HTTPClient.Configuration()
        // A person waits: a server that is not there is told at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        // A key is for the server that it was given for.
        configuration.redirectConfiguration = .disallow
        let client = HTTPClient(configuration: configuration)
        do {
            let response = try await client.execute(request, timeout: timeout)
            let octets = try await response.body.collect(upTo: maximumResponseLength)
            try await client.shutdown()
            return (response, octets)
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    /// Why a server cannot be reached.
    static func reason(_ error: any Error) -> String {
        guard let error = error as? NIOConnectionError, let first = error.connectionErrors.first else { return "\(error)" }
        guard let cause = first.error as? IOError else { return "\(first.error)" }
        return unsafe String(cString: strerror(cause.errnoCode))
    }

    private func post<Body: Encodable, Answer: Decodable>(
        _ path: String, body: Body, headers: HTTPHeaders, expecting status: HTTPResponseStatus
    ) async throws(Failure) -> Answer {
        let url = base + path
        let response: HTTPClientResponse
        let octets: ByteBuffer
        do {
            var request = HTTPClientRequest(url: url)
            request.method = .POST
            request.headers = headers
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(data: try JSONEncoder().encode(body)))
            (response, octets) = try await Self.execute(request)
        } catch {
            throw Failure(message: "\(url) cannot be reached: \(Self.reason(error))", exitCode: .unreachable)
        }

        if 300..<400 ~= response.status.code {
            let target = response.headers.first(name: "Location").map { " to \($0)" } ?? ""
            throw Failure(
                message: "\(url) redirects\(target): give the server’s own URL, redirects are not followed", exitCode: .refused)
        }
        guard response.status == status else {
            let answer = try? JSONDecoder().decode(ErrorResponse.self, from: Data(buffer: octets))
            let reason = [answer?.error, answer?.detail].compactMap(\.self).joined(separator: ": ")
            let exitCode = response.status.code >= 500 || response.status == .tooManyRequests ? ExitCode.unreachable : .refused
            throw Failure(
                message:
                    "\(url) answered \(response.status.code) \(reason.isEmpty ? "and nothing of the acme-dns API" : reason)",
                exitCode: exitCode)
        }
        do {
            return try JSONDecoder().decode(Answer.self, from: Data(buffer: octets))
        } catch {
            throw Failure(message: "\(url) answered something that is not of the acme-dns API", exitCode: .refused)
        }
    }
}
