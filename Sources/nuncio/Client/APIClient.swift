import ArgumentParser
import AsyncHTTPClient
import DelegateAPI
import Foundation
import Glibc
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import Sockets

/// A client for the two requests of the acme-dns API, and for those of the holder’s API.
struct APIClient {
    private let server: ServerURL
    private let proxy: ProxyChoice?

    private static let timeout = TimeAmount.seconds(30)
    private static let maximumResponseLength = 65_536

    init(server: ServerURL) throws(Failure) {
        self.server = server
        proxy = try ProxyChoice.of(server, environment: ProcessInfo.processInfo.environment)
        if let warning = server.warning { printToStandardError(warning) }
    }

    private var base: String { server.base }

    /// How the server is reached, for messages.
    private var way: String { proxy.map { " through \($0.description)" } ?? "" }

    func register(_ request: RegisterRequest) async throws(Failure) -> RegisterResponse {
        let answer: RegisterResponse = try await post("register", body: request, headers: [:], expecting: .created)
        // The fields end up in lines that people paste into shells and zone files.
        let isSafe = [answer.username, answer.password, answer.fulldomain, answer.subdomain].allSatisfy { field in
            !field.isEmpty && field.wholeMatch(of: /[A-Za-z0-9_.\-]+/) != nil
        }
        guard isSafe, answer.serverURL.map({ $0.wholeMatch(of: /https?:\/\/[A-Za-z0-9_.:\/\[\]%~\-]+/) != nil }) ?? true else {
            throw Failure(
                message: "\(base)register gave a credential with invalid characters: it is not used", exitCode: .refused)
        }
        return answer
    }

    func update(_ request: UpdateRequest, username: String, password: String) async throws(Failure) -> UpdateResponse {
        let answer: UpdateResponse = try await post(
            "update", body: request, headers: ["X-Api-User": username, "X-Api-Key": password], expecting: .ok)
        guard answer.txt == request.txt else {
            throw Failure(message: "\(base)update answered with a value other than the one sent", exitCode: .refused)
        }
        return answer
    }

    private func execute(_ request: HTTPClientRequest) async throws -> (HTTPClientResponse, ByteBuffer) {
        var configuration = HTTPClient.Configuration()
        // A person waits: an unreachable server is reported at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        // A key must reach only the server that it was given for.
        configuration.redirectConfiguration = .disallow
        try TrustedRoots.apply(to: &configuration)
        var request = request
        proxy?.apply(to: &request, &configuration, server: server)
        let client = HTTPClient(configuration: configuration)
        do {
            let response = try await client.execute(request, timeout: Self.timeout)
            let octets = try await response.body.collect(upTo: Self.maximumResponseLength)
            try await client.shutdown()
            return (response, octets)
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    private func post<Body: Encodable, Answer: Decodable>(
        _ path: String, body: Body, headers: HTTPHeaders, expecting status: HTTPResponseStatus
    ) async throws(Failure) -> Answer {
        var request = HTTPClientRequest(url: base + path)
        request.method = .POST
        request.headers = headers
        request.headers.add(name: "Content-Type", value: "application/json")
        do {
            request.body = .bytes(ByteBuffer(data: try JSONEncoder().encode(body)))
        } catch {
            throw Failure(message: "the request cannot be written: \(error)", exitCode: .failure)
        }
        let octets = try await exchange(request, expecting: status, of: "the acme-dns API")
        do {
            return try JSONDecoder().decode(Answer.self, from: Data(buffer: octets))
        } catch {
            throw Failure(
                message: "\(request.url)\(way) gave an answer that is not of the acme-dns API", exitCode: .refused)
        }
    }

    /// Sends a request, and returns the body of a response with the expected status.
    ///
    /// - Parameter api: the API that the request belongs to, for messages.
    private func exchange(
        _ request: HTTPClientRequest, expecting status: HTTPResponseStatus, of api: String
    ) async throws(Failure) -> ByteBuffer {
        let url = request.url
        let response: HTTPClientResponse
        let octets: ByteBuffer
        do {
            var request = request
            if let authorization = server.authorization { request.headers.add(name: "Authorization", value: authorization) }
            (response, octets) = try await execute(request)
        } catch let failure as Failure {
            throw failure
        } catch {
            // Some proxies refuse with a response that the end of the connection overtakes.
            let hint =
                proxy == nil || SocketProblem.errorNumber(error) == ECONNREFUSED
                ? "" : ". The proxy may need another user name and password, or forbid the connection"
            throw Failure(
                message: "\(url) cannot be reached\(way): \(ConnectionProblem.text(error))\(hint)", exitCode: .unreachable)
        }

        if response.status == .proxyAuthenticationRequired {
            let reason = ConnectionProblem.text(HTTPClientError.proxyAuthenticationRequired)
            throw Failure(message: "\(url) cannot be reached\(way): \(reason)", exitCode: .unreachable)
        }
        if 300..<400 ~= response.status.code {
            let target = response.headers.first(name: "Location").map { " to \($0)" } ?? ""
            throw Failure(
                message: "\(url) redirects\(target): redirects are not followed, give the server’s own URL", exitCode: .refused)
        }
        guard response.status == status else {
            let answer = try? JSONDecoder().decode(ErrorResponse.self, from: Data(buffer: octets))
            let reason = [answer?.error, answer?.detail].compactMap(\.self).joined(separator: ": ")
            let exitCode = response.status.code >= 500 || response.status == .tooManyRequests ? ExitCode.unreachable : .refused
            throw Failure(
                message:
                    "\(url)\(way) answered \(response.status.code) \(reason.isEmpty ? "without an error of \(api)" : reason)",
                exitCode: exitCode)
        }
        return octets
    }
}

extension APIClient {
    private static let holderAPI = "Nuncio’s API for holders"

    /// The credential's delegate.
    func delegate(_ credential: CredentialFile) async throws(Failure) -> DelegateDescription {
        try await get("delegate", as: credential)
    }

    /// Withdraws all values of the credential's delegate.
    func withdrawValues(_ credential: CredentialFile) async throws(Failure) {
        try await send(.DELETE, "values", as: credential, expecting: .noContent)
    }

    /// Sends a request of the holder's API whose response has no content of interest.
    ///
    /// - Parameter path: the part after `api/v1/`.
    func send(
        _ method: HTTPMethod, _ path: String, as credential: CredentialFile, expecting status: HTTPResponseStatus
    ) async throws(Failure) {
        _ = try await exchange(holderRequest(method, path, credential), expecting: status, of: Self.holderAPI)
    }

    /// - Parameter path: the part after `api/v1/`.
    func get<Answer: Decodable>(_ path: String, as credential: CredentialFile) async throws(Failure) -> Answer {
        let request = holderRequest(.GET, path, credential)
        let octets = try await exchange(request, expecting: .ok, of: Self.holderAPI)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode(Answer.self, from: Data(buffer: octets))
        } catch {
            throw Failure(
                message: "\(request.url)\(way) gave an answer that is not of \(Self.holderAPI)", exitCode: .refused)
        }
    }

    private func holderRequest(_ method: HTTPMethod, _ path: String, _ credential: CredentialFile) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: server.holderBase + path)
        request.method = method
        request.headers = ["X-Api-User": credential.username, "X-Api-Key": credential.password]
        return request
    }
}
