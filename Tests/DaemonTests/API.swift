import AsyncHTTPClient
import DelegateAPI
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import TestSupport

/// A client of the acme-dns API.
struct API: Sendable {
    let port: UInt16
    var timeout = TimeAmount(Patience.limit)

    private func post(_ path: String, headers: [(String, String)], body: String) async throws -> (status: Int, body: Data) {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = .POST
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        request.body = .bytes(ByteBuffer(string: body))
        let response = try await HTTPClient.shared.execute(request, timeout: timeout)
        return (Int(response.status.code), Data(buffer: try await response.body.collect(upTo: 65_536)))
    }

    func register() async throws -> RegisterResponse {
        try JSONDecoder().decode(RegisterResponse.self, from: try await post("/register", headers: [], body: "{}").body)
    }

    /// - Returns: The status and, if the registration is refused, the error.
    func registerRefused() async throws -> (status: Int, error: String?) {
        let (status, body) = try await post("/register", headers: [], body: "{}")
        return (status, try? JSONDecoder().decode(ErrorResponse.self, from: body).error)
    }

    /// - Returns: The status.
    func health() async throws -> Int {
        let request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/health")
        return Int(try await HTTPClient.shared.execute(request, timeout: timeout).status.code)
    }

    /// - Returns: The status.
    func update(_ credential: RegisterResponse, _ value: String) async throws -> Int {
        try await post(
            "/update", headers: [("X-Api-User", credential.username), ("X-Api-Key", credential.password)],
            body: "{\"subdomain\":\"\(credential.subdomain)\",\"txt\":\"\(value)\"}"
        ).status
    }
}
