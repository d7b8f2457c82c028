import Foundation
import Synchronization
import Testing

@testable import ACME

/// Answers as a test says, for what no real authority can be made to do.
final class ScriptedTransport: AuthorityTransport {
    private let script: @Sendable (AuthorityRequest) -> AuthorityResponse?
    private let received = Mutex<[AuthorityRequest]>([])

    /// - Parameter script: `nil` for the answers of an authority without troubles.
    init(_ script: @escaping @Sendable (AuthorityRequest) -> AuthorityResponse?) {
        self.script = script
    }

    var requests: [AuthorityRequest] { received.withLock(\.self) }

    func response(to request: AuthorityRequest) async throws(AuthorityFailure) -> AuthorityResponse {
        received.withLock { $0.append(request) }
        if let response = script(request) { return response }
        switch request.url.text {
        case "https://ca.test/dir":
            return .json(
                200,
                #"{\#(DocumentTests.needed),"revokeCert":"https://ca.test/r","renewalInfo":"https://ca.test/ari","meta":{}}"#)
        case "https://ca.test/n": return AuthorityResponse(status: 200, fields: [.nonce], body: [])
        case "https://ca.test/a": return .json(201, #"{"status":"valid"}"#, [.location("https://ca.test/a/1")])
        default: return .json(404, "{}")
        }
    }
}

extension AuthorityResponse.Field {
    static var nonce: Self { Self(name: "replay-nonce", value: "n\(UInt64.random(in: 0 ... .max))") }
    static func location(_ url: String) -> Self { Self(name: "Location", value: url) }
}

extension AuthorityResponse {
    static func json(_ status: Int, _ text: String, _ fields: [Field] = []) -> Self {
        AuthorityResponse(status: status, fields: fields + [.nonce], body: Array(text.utf8))
    }

    static func problem(_ status: Int, _ kind: String, _ fields: [Field] = []) -> Self {
        json(status, #"{"type":"urn:ietf:params:acme:error:\#(kind)","detail":"as the test says"}"#, fields)
    }
}

extension AuthorityRequest {
    /// The payload of the request's JWS, as text.
    var payload: String? { part("payload") }

    /// What the request's JWS says of itself, as text.
    var protection: String? { part("protected") }

    private func part(_ name: String) -> String? {
        JSONValue(body)?.text(name).flatMap(Base64URL.octets(of:)).map { String(decoding: $0, as: UTF8.self) }
    }
}

/// What must be there. The macro `#require` cannot stand within another one.
func present<Value>(_ value: Value?) throws -> Value { try #require(value) }
