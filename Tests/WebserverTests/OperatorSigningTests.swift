import DNSSEC
import DelegateAPI
import Foundation
import Testing

/// The operator's changes of keys, as they come through the door.
struct OperatorSigningTests {
    @Test(
        arguments: [
            ("rollover", "{}", .replace(nil)),
            ("rollover", #"{"key":"csk"}"#, .replace(.combined)),
            ("rollover", #"{"key":"ksk"}"#, .replace(.keySigning)),
            ("rollover", #"{"key":"zsk"}"#, .replace(.zoneSigning)),
            ("rollover", #"{"algorithm":"ecdsap256sha256"}"#, .replaceAll(.ecdsaP256SHA256)),
            ("rollover", #"{"algorithm":"ed25519"}"#, .replaceAll(.ed25519)),
            ("rollover", #"{"key":"zsk","algorithm":"ed25519"}"#, .replaceAll(.ed25519)),
            ("cancel", nil, .cancel),
            ("confirm", nil, .confirm),
        ] as [(String, String?, KeyChange)])
    func `each request asks for its change`(action: String, body: String?, change: KeyChange) async throws {
        try await RunningOperatorAPI.run { api async throws in
            _ = try await api.send("POST", "dnssec/d.example/\(action)", body: body)
            #expect(api.keyChanges.all == [change])
        }
    }

    @Test(arguments: [
        (#"{"key":"CSK"}"#, "“key” must be one of csk, ksk, zsk"),
        (#"{"key":"combined"}"#, "“key” must be one of csk, ksk, zsk"),
        (#"{"algorithm":"ED25519"}"#, "“algorithm” must be one of ecdsap256sha256, ed25519"),
        (#"{"algorithm":"15"}"#, "“algorithm” must be one of ecdsap256sha256, ed25519"),
    ])
    func `other roles and algorithms are refused`(body: String, detail: String) async throws {
        try await RunningOperatorAPI.run { api async throws in
            let answer = try await api.send("POST", "dnssec/d.example/rollover", body: body)
            let error = try api.decode(ErrorResponse.self, answer)
            #expect(answer.status == 400 && error.error == "invalid_choice" && error.detail == detail)
            #expect(api.keyChanges.all.isEmpty)
        }
    }
}
