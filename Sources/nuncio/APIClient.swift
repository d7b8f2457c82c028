import ArgumentParser
import AsyncHTTPClient
import DelegateAPI
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// The two requests of the acme-dns API, from the client's side.
struct APIClient {
    private let base: String

    private static let timeout = TimeAmount.seconds(30)
    private static let maximumResponseLength = 65_536

    /// - Parameter server: the URL in front of `register` and `update`, with or without a final slash.
    init(server: String) throws(Failure) {
        guard let url = URL(string: server), ["http", "https"].contains(url.scheme?.lowercased() ?? ""), url.host() != nil
        else {
            throw Failure(
                message: "“\(server)” is not the URL of a server: write it like https://auth.example.net",
                exitCode: .validationFailure)
        }
        base = server.hasSuffix("/") ? server : server + "/"
    }

    func register(_ request: RegisterRequest) async throws(Failure) -> RegisterResponse {
        try await post("register", body: request, headers: [:], expecting: .created)
    }

    func update(_ request: UpdateRequest, username: String, password: String) async throws(Failure) -> UpdateResponse {
        try await post(
            "update", body: request, headers: ["X-Api-User": username, "X-Api-Key": password], expecting: .ok)
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
            response = try await HTTPClient.shared.execute(request, timeout: Self.timeout)
            octets = try await response.body.collect(upTo: Self.maximumResponseLength)
        } catch {
            throw Failure(message: "\(url) cannot be reached: \(error)", exitCode: .unreachable)
        }

        guard response.status == status else {
            let answer = try? JSONDecoder().decode(ErrorResponse.self, from: Data(buffer: octets))
            let reason = [answer?.error, answer?.detail].compactMap(\.self).joined(separator: ": ")
            let exitCode = response.status.code >= 500 || response.status == .tooManyRequests ? ExitCode.unreachable : .refused
            throw Failure(message: "\(url) answered \(response.status.code) \(reason)", exitCode: exitCode)
        }
        do {
            return try JSONDecoder().decode(Answer.self, from: Data(buffer: octets))
        } catch {
            throw Failure(message: "\(url) answered something that is not of the acme-dns API", exitCode: .refused)
        }
    }
}
