import Crypto
import Foundation
import Synchronization
import Testing

@testable import ACME

/// What authorities can answer, and real ones hardly do.
struct AuthorityClientTests {
    private func connect(_ transport: ScriptedTransport) async throws -> AuthorityClient {
        try await AuthorityClient.connect(to: try present(DocumentTests.url), through: transport)
    }

    private func account(_ client: AuthorityClient) async throws -> Account {
        try await client.account(of: SignatureKey(), Registration(contacts: ["mailto:a@b.test"], agreesToTerms: true))
    }

    @Test func `a request is signed by ES256, for its URL, with a nonce`() async throws {
        let transport = ScriptedTransport { _ in nil }
        let client = try await connect(transport)
        let account = try await account(client)
        _ = try? await client.order(at: try present(AuthorityURL("https://ca.test/o/1")), by: account)
        let requests = transport.requests.filter { $0.method == .post }
        #expect(requests.count == 2)
        for request in requests {
            let body = try present(JSONValue(request.body))
            let signed = "\(try present(body.text("protected"))).\(try present(body.text("payload")))"
            let signature = try P256.Signing.ECDSASignature(
                rawRepresentation: try present(Base64URL.octets(of: try present(body.text("signature")))))
            #expect(account.key.key.publicKey.isValidSignature(signature, for: Data(signed.utf8)))
            let protection = try present(JSONValue(Array(try present(request.protection).utf8)))
            #expect(protection.text("alg") == "ES256" && protection.text("url") == request.url.text)
            #expect(protection.text("nonce")?.hasPrefix("n") == true)
            // A request has either a key or an account's URL.
            let isNew = request.url.text == "https://ca.test/a"
            #expect((protection["jwk"] != nil) == isNew && (protection.text("kid") == "https://ca.test/a/1") != isNew)
        }
        #expect(requests[0].payload == #"{"contact":["mailto:a@b.test"],"termsOfServiceAgreed":true}"#)
        #expect(requests[1].payload == "")
        // The nonce of one answer is used for the next request.
        #expect(transport.requests.count { $0.method == .head } == 1)
    }

    @Test(arguments: [1, 5, 19])
    func `a refused nonce is replaced by the one that came with the refusal`(refusals: Int) async throws {
        let left = Mutex(refusals)
        let transport = ScriptedTransport { request in
            guard request.method == .post,
                left.withLock({
                    $0 -= 1; return $0 >= 0
                })
            else { return nil }
            return .problem(400, "badNonce")
        }
        let client = try await connect(transport)
        #expect(try await account(client).url.text == "https://ca.test/a/1")
        #expect(transport.requests.count { $0.method == .post } == refusals + 1)
        #expect(transport.requests.count { $0.method == .head } == 1)
        #expect(Set(transport.requests.compactMap(\.protection)).count == refusals + 1)
    }

    @Test func `an authority that refuses each nonce is asked twenty times`() async throws {
        let transport = ScriptedTransport { $0.method == .post ? .problem(400, "badNonce") : nil }
        let client = try await connect(transport)
        let failure = await #expect(throws: AuthorityFailure.self) { try await account(client) }
        #expect(failure?.problem?.kind == .badNonce && failure?.isTemporary == true)
        #expect(transport.requests.count { $0.method == .post } == AuthorityClient.maximumAttempts)
    }

    @Test(arguments: ["", "a b", "a\"b", String(repeating: "a", count: 1025), "ä"])
    func `a nonce that is none ends the request`(nonce: String) async throws {
        let transport = ScriptedTransport { request in
            request.method == .head
                ? AuthorityResponse(status: 200, fields: [.init(name: "Replay-Nonce", value: nonce)], body: []) : nil
        }
        let client = try await connect(transport)
        await #expect(throws: AuthorityFailure.invalid("it gives no nonce")) { try await account(client) }
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func `a redirect is not followed`(status: Int) async throws {
        let transport = ScriptedTransport { request in
            request.method == .post ? .json(status, "", [.location("https://ca.test/elsewhere")]) : nil
        }
        let client = try await connect(transport)
        await #expect(throws: AuthorityFailure.self) { try await account(client) }
        #expect(!transport.requests.contains { $0.url.text.contains("elsewhere") })
    }

    @Test(arguments: [
        "https://evil.test/a/1", "http://ca.test/a/1", "/a/1", "https://ca.test@evil.test/", "https://ca.test:444/a/1",
    ])
    func `an account's URL is one of the directory's host`(location: String) async throws {
        let transport = ScriptedTransport { request in
            request.url.text == "https://ca.test/a" ? .json(201, "{}", [.location(location)]) : nil
        }
        let client = try await connect(transport)
        await #expect(throws: AuthorityFailure.self) { try await account(client) }
    }

    @Test(arguments: ["deactivated", "revoked", "odd"])
    func `an account that is not valid is a refusal`(status: String) async throws {
        let transport = ScriptedTransport { request in
            request.url.text == "https://ca.test/a"
                ? .json(200, #"{"status":"\#(status)"}"#, [.location("https://ca.test/a/1")]) : nil
        }
        let client = try await connect(transport)
        let failure = await #expect(throws: AuthorityFailure.self) { try await account(client) }
        #expect(failure?.problem?.kind == .unauthorized)
    }

    @Test func `a new account is bound to one elsewhere by that account's key`() async throws {
        let transport = ScriptedTransport { _ in nil }
        let client = try await connect(transport)
        let secret = Array("a secret of thirty-two octets ...".utf8)
        let external = try present(ExternalAccount(keyID: "kid-1", key: " \(Base64URL.text(of: secret))=\n"))
        let key = SignatureKey()
        _ = try await client.account(of: key, Registration(agreesToTerms: true, externalAccount: external))
        let request = try present(transport.requests.last)
        let binding = try present(JSONValue(Array(try present(request.payload).utf8))?["externalAccountBinding"])
        let protected = try present(binding.text("protected"))
        let payload = try present(binding.text("payload"))
        #expect(
            HMAC<SHA256>.isValidAuthenticationCode(
                try present(Base64URL.octets(of: try present(binding.text("signature")))),
                authenticating: Data("\(protected).\(payload)".utf8), using: SymmetricKey(data: secret)))
        #expect(
            String(decoding: try present(Base64URL.octets(of: protected)), as: UTF8.self)
                == #"{"alg":"HS256","kid":"kid-1","url":"https://ca.test/a"}"#)
        #expect(String(decoding: try present(Base64URL.octets(of: payload)), as: UTF8.self) == key.webKey)
    }

    @Test(arguments: ["", "!", "a b!", "ä", "A"])
    func `a key of an external account is base64`(text: String) {
        #expect(ExternalAccount(keyID: "k", key: text) == nil)
    }

    @Test(arguments: [
        (403, "invalidProfile", true, false), (404, "malformed", false, true), (409, "alreadyReplaced", false, true),
        (400, "malformed", false, true),
    ])
    func `an order goes on without what the authority refuses`(
        status: Int, kind: String, dropsProfile: Bool, dropsReplaced: Bool
    ) async throws {
        let transport = ScriptedTransport { request in
            guard request.url.text == "https://ca.test/o" else { return nil }
            let payload = request.payload ?? ""
            if payload.contains(dropsProfile ? "profile" : "replaces") { return .problem(status, kind) }
            return .json(201, #"{"status":"pending","authorizations":[]}"#, [.location("https://ca.test/o/1")])
        }
        let client = try await connect(transport)
        let (order, omissions) = try await client.order(
            OrderRequest(names: ["a.test"], profile: "p", replaces: "a.b"), by: try await account(client))
        #expect(order.status == .pending && omissions.count == 1)
        let last = try present(transport.requests.last?.payload)
        #expect(last.contains("profile") != dropsProfile && last.contains("replaces") != dropsReplaced)
    }

    @Test func `an order that is refused for another reason is not sent again`() async throws {
        let transport = ScriptedTransport { request in
            request.url.text == "https://ca.test/o"
                ? .problem(429, "rateLimited", [.init(name: "Retry-After", value: "3600")]) : nil
        }
        let client = try await connect(transport)
        let account = try await account(client)
        let failure = await #expect(throws: AuthorityFailure.self) {
            try await client.order(OrderRequest(names: ["a.test"], profile: "p", replaces: "a.b"), by: account)
        }
        #expect(failure?.retryAfter == .delay(seconds: 3600) && failure?.isTemporary == true)
        #expect(transport.requests.count { $0.url.text == "https://ca.test/o" } == 1)
    }

    @Test func `renewal information is asked for by the certificate's name`() async throws {
        let transport = ScriptedTransport { request in
            guard request.url.text == "https://ca.test/ari/a.b" else { return nil }
            return .json(
                200, #"{"suggestedWindow":{"start":"2026-11-30T08:00:00Z","end":"2026-12-01T08:00:00Z"}}"#,
                [.init(name: "Retry-After", value: "5")])
        }
        let client = try await connect(transport)
        let (information, retryAfter) = try await client.renewalInformation(of: "a.b")
        #expect(information.start < information.end && retryAfter == .delay(seconds: 5))
        await #expect(throws: AuthorityFailure.self) { try await client.renewalInformation(of: "unknown") }
    }

    /// The example of RFC 7638 section 3.1 is of RSA; this one is of RFC 7515 appendix A.3.
    @Test func `a thumbprint is of the public key's four members in order`() throws {
        let scalar = try present(Base64URL.octets(of: "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"))
        let key = try present(SignatureKey(pem: try P256.Signing.PrivateKey(rawRepresentation: scalar).pemRepresentation))
        #expect(
            key.webKey
                == #"{"crv":"P-256","kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#
        )
        #expect(key.thumbprint.utf8.count == 43)
    }
}
