import Foundation
import TestSupport
import Testing

@testable import ACME

/// The protocol with a real authority.
@Suite(.enabled(if: Pebble.isInstalled, "Pebble is not installed"))
struct PebbleProtocolTests {
    /// From an account to a certificate.
    private func issue(
        _ names: [String], _ client: AuthorityClient, _ account: Account, key: SignatureKey, _ resolver: ChallengeResolver
    ) async throws -> CertificateDownload {
        var order = try await client.order(OrderRequest(names: names, profile: "unknown", replaces: "a.b"), by: account).order
        #expect(order.names == Set(names))
        for url in order.authorizations {
            let authorization = try await client.authorization(at: url, by: account).authorization
            guard authorization.status == .pending else { continue }
            let challenge = try #require(authorization.dnsChallenge)
            resolver.publish(ChallengeDigest(challenge, of: account.key).text, at: "_acme-challenge.\(authorization.name)")
            try await client.answer(challenge, by: account)
            try await waitUntil("the name is validated") {
                try await client.authorization(at: url, by: account).authorization.status == .valid
            }
        }
        order = try await client.order(at: order.url, by: account).order
        #expect(order.status == .ready)
        order = try await client.finalize(order, with: try SigningRequest.octets(for: names, key: key), by: account).order
        try await waitUntil("the certificate is there") {
            order = try await client.order(at: order.url, by: account).order
            return order.status == .valid
        }
        return try await client.certificate(of: order, by: account)
    }

    @Test(arguments: [("0", "0"), ("20", "100"), ("50", "0")])
    func `a certificate is issued, whatever becomes of nonces and authorizations`(reject: String, reuse: String) async throws {
        try await Pebble.with([
            "PEBBLE_WFE_NONCEREJECT": reject, "PEBBLE_AUTHZREUSE": reuse, "PEBBLE_CHAIN_LENGTH": "2",
            "PEBBLE_ALTERNATE_ROOTS": "2",
        ]) { pebble, transport, resolver, _ in
            let client = try await AuthorityClient.connect(to: pebble.directory, through: transport)
            #expect(client.directory.termsOfService != nil)
            let account = try await client.account(
                of: SignatureKey(), Registration(contacts: ["mailto:a@example.org"], agreesToTerms: true))
            for _ in 0..<2 {
                let key = SignatureKey()
                let download = try await issue(["a.test", "b.test"], client, account, key: key, resolver)
                #expect(download.chain.leaf.fault(for: ["a.test", "b.test"], key: key, at: .now) == nil)
                #expect(download.chain.pem.components(separatedBy: "BEGIN CERTIFICATE").count == 4)
                #expect(download.alternates.count == 2)
                for url in download.alternates {
                    let alternate = try await client.certificate(at: url, by: account).chain
                    #expect(alternate.leaf == download.chain.leaf && alternate.pem != download.chain.pem)
                }
            }
        }
    }

    @Test func `a certificate is revoked by its account or by its own key, once`() async throws {
        try await Pebble.with { pebble, transport, resolver, _ in
            let client = try await AuthorityClient.connect(to: pebble.directory, through: transport)
            let account = try await client.account(of: SignatureKey(), Registration(agreesToTerms: true))
            let (first, second) = (SignatureKey(), SignatureKey())
            let byAccount = try await issue(["a.test"], client, account, key: first, resolver).chain.leaf.der
            try await client.revoke(byAccount, .superseded, by: .account(account))
            // Pebble says alreadyRevoked.
            try await client.revoke(byAccount, .superseded, by: .account(account))
            let byKey = try await issue(["a.test"], client, account, key: second, resolver).chain.leaf.der
            let failure = await #expect(throws: AuthorityFailure.self) {
                try await client.revoke(byKey, .keyCompromise, by: .certificate(first))
            }
            #expect(failure?.problem?.kind == .unauthorized)
            try await client.revoke(byKey, .keyCompromise, by: .certificate(second))
        }
    }

    @Test func `an account is found by its key, and only an account that exists`() async throws {
        try await Pebble.with { pebble, transport, _, _ in
            let client = try await AuthorityClient.connect(to: pebble.directory, through: transport)
            let key = SignatureKey()
            let lookUp = Registration(agreesToTerms: true, isLookUp: true)
            let failure = await #expect(throws: AuthorityFailure.self) { try await client.account(of: key, lookUp) }
            #expect(failure?.problem?.kind == .accountDoesNotExist)
            let made = try await client.account(of: key, Registration(agreesToTerms: true))
            #expect(try await client.account(of: key, lookUp).url == made.url)
            #expect(try await client.account(of: key, Registration(agreesToTerms: true)).url == made.url)
        }
    }

    @Test func `an authority that binds accounts takes the key of an account elsewhere`() async throws {
        let secret = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
        try await Pebble.with(settings: [
            "externalAccountBindingRequired": true, "externalAccountMACKeys": ["kid-1": secret],
        ]) { pebble, transport, _, _ in
            let client = try await AuthorityClient.connect(to: pebble.directory, through: transport)
            #expect(client.directory.requiresExternalAccount)
            func account(_ external: ExternalAccount?) async throws -> Account {
                try await client.account(of: SignatureKey(), Registration(agreesToTerms: true, externalAccount: external))
            }
            let none = await #expect(throws: AuthorityFailure.self) { try await account(nil) }
            #expect(none?.problem?.kind == .externalAccountRequired)
            let wrong = try #require(ExternalAccount(keyID: "kid-1", key: String(secret.reversed())))
            await #expect(throws: AuthorityFailure.self) { try await account(wrong) }
            _ = try await account(ExternalAccount(keyID: "kid-1", key: secret))
        }
    }

    @Test func `an authority whose certificate is not trusted gets no request`() async throws {
        try await Pebble.with { pebble, _, _, _ in
            let transport = try HTTPTransport(roots: nil, userAgent: "nuncio-tests/1")
            let failure = await #expect(throws: AuthorityFailure.self) {
                try await AuthorityClient.connect(to: pebble.directory, through: transport)
            }
            await transport.shutdown()
            #expect(failure?.description.contains("not trusted") == true)
        }
    }
}
