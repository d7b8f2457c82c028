import DelegateAPI
import Foundation
import Testing

/// The requests of a delegate's holder.
extension RunningWebserver {
    /// The operations that a delegate's holder has, besides publishing.
    static let holderEndpoints = [
        ("GET", "/api/v1/check"), ("GET", "/api/v1/delegate"), ("POST", "/api/v1/keys"),
        ("PATCH", "/api/v1/keys/00000000-0000-4000-8000-000000000000"),
        ("DELETE", "/api/v1/keys/00000000-0000-4000-8000-000000000000"), ("DELETE", "/api/v1/values"),
        ("GET", "/api/v1/history"), ("GET", "/api/v1/domains"), ("PUT", "/api/v1/domains/example.com"),
        ("DELETE", "/api/v1/domains/example.com"), ("DELETE", "/api/v1/delegate"),
    ]

    /// Makes a second key of a delegate.
    func makeKey(_ credential: RegisterResponse, body: String? = nil) async throws -> RegisterResponse {
        let answer = try await http.send("POST", "/api/v1/keys", headers: credential.headers, body: body)
        #expect(answer.status == 201, "\(answer.body)")
        return try JSONDecoder().decode(RegisterResponse.self, from: Data(answer.body.utf8))
    }
}

extension RegisterResponse {
    /// The headers of acme-dns that show the credential.
    var headers: [String] { ["X-Api-User: \(username)", "X-Api-Key: \(password)"] }

    /// The header of Basic authentication that shows the credential.
    var basicHeader: String { "Authorization: Basic \(Data("\(username):\(password)".utf8).base64EncodedString())" }
}
