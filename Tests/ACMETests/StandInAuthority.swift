import Foundation
import SwiftASN1
import Synchronization
import X509

@testable import ACME

/// An authority in memory, which can be stopped at each request. It checks no signature: Pebble does that.
final class StandInAuthority: AuthorityTransport {
    struct State {
        /// The accounts' keys, by their URLs.
        var accounts: [String: String] = [:]
        var ended: Set<String> = []
        var orders: [String: StoredOrder] = [:]
        var certificates: [String: String] = [:]
        var revoked = 0
        var requests: [AuthorityRequest] = []
        /// What is answered instead; `nil` for the answer of an authority without troubles.
        var override: @Sendable (AuthorityRequest) -> AuthorityResponse? = { _ in nil }
        /// What happens around the requests whose numbers come, counted from 1, before they are done and after.
        var stop: @Sendable (Int, Moment) throws(AuthorityFailure) -> Void = { _, _ in }
        var lifetime: TimeInterval = 90 * 86_400
        /// The time for which a certificate has been valid when it comes.
        var age: TimeInterval = 0
        var window: (start: Date, end: Date)?
        var windowFields: [AuthorityResponse.Field] = []
        var meta = #"{"caaIdentities":["ca.test"]}"#
        /// The public key and the names that certificates get instead of those asked for.
        var wrongNames: [String]?
    }

    struct StoredOrder {
        var names: [String]
        var isValidated: Set<String> = []
        var status = "pending"
        var account = ""
        var payload = ""
    }

    enum Moment { case before, after }

    let state: Mutex<State>
    let clock: TestClock
    private let issuer: StandInIssuer
    /// Whether a value is published for a name.
    private let isPublished: @Sendable (String) -> Bool

    init(clock: TestClock, isPublished: @escaping @Sendable (String) -> Bool) throws {
        self.clock = clock
        self.isPublished = isPublished
        issuer = try StandInIssuer(name: "Stand-in")
        state = Mutex(State())
    }

    var orderCount: Int { state.withLock { $0.orders.count } }
    var certificateCount: Int { state.withLock { $0.certificates.count } }
    var accountCount: Int { state.withLock { $0.accounts.count } }
    func count(_ path: String) -> Int {
        state.withLock { $0.requests.count { $0.url.text.hasPrefix("https://ca.test\(path)") } }
    }

    func response(to request: AuthorityRequest) async throws(AuthorityFailure) -> AuthorityResponse {
        let (number, stop, override) = state.withLock { state in
            state.requests.append(request)
            return (state.requests.count, state.stop, state.override)
        }
        try stop(number, .before)
        let response = override(request) ?? answer(request)
        try stop(number, .after)
        return response
    }

    private func answer(_ request: AuthorityRequest) -> AuthorityResponse {
        let path = request.url.text.dropFirst("https://ca.test".count).split(separator: "/").map(String.init)
        let payload = JSONValue(Array((request.payload ?? "").utf8))
        let protection = JSONValue(Array((request.protection ?? "").utf8))
        return state.withLock { state in
            if let account = protection?.text("kid") {
                guard state.accounts[account] != nil else { return .problem(400, "accountDoesNotExist") }
                guard !state.ended.contains(account) else { return .problem(403, "unauthorized") }
            }
            switch path.first {
            case "dir":
                let ari = state.window == nil ? "" : #","renewalInfo":"https://ca.test/ari""#
                return .json(
                    200, #"{\#(DocumentTests.needed),"revokeCert":"https://ca.test/r"\#(ari),"meta":\#(state.meta)}"#)
            case "n": return AuthorityResponse(status: 200, fields: [.nonce], body: [])
            case "a": return account(protection, payload, &state)
            case "o" where path.count == 1: return newOrder(payload, request, &state)
            case "o": return order(path[1], state)
            case "z":
                let (id, name) = (path[1], path[2])
                let status = state.orders[id]?.isValidated.contains(name) == true ? "valid" : state.orders[id]?.status ?? ""
                return .json(
                    200,
                    #"{"status":"\#(status == "invalid" ? "invalid" : status == "valid" ? "valid" : "pending")","identifier":{"type":"dns","value":"\#(name)"},"challenges":[{"type":"dns-01","url":"https://ca.test/c/\#(id)/\#(name)","token":"t\#(id)"}]}"#
                )
            case "c":
                let (id, name) = (path[1], path[2])
                if isPublished(name) {
                    state.orders[id]?.isValidated.insert(name)
                    if let order = state.orders[id], order.isValidated.count == order.names.count {
                        state.orders[id]?.status = "ready"
                    }
                } else {
                    state.orders[id]?.status = "invalid"
                }
                return .json(200, #"{"status":"processing"}"#)
            case "f": return finalize(path[1], payload, &state)
            case "k": return .json(200, state.certificates[path[1]] ?? "")
            case "r":
                state.revoked += 1
                return .json(200, "")
            case "ari":
                guard let window = state.window else { return .json(404, "{}") }
                return .json(
                    200, #"{"suggestedWindow":{"start":"\#(Self.text(window.start))","end":"\#(Self.text(window.end))"}}"#,
                    state.windowFields)
            default: return .json(404, "{}")
            }
        }
    }

    private func account(_ protection: JSONValue?, _ payload: JSONValue?, _ state: inout State) -> AuthorityResponse {
        let key = protection?["jwk"]?.text("x") ?? ""
        if let url = state.accounts.first(where: { $0.value == key })?.key {
            if state.ended.contains(url) { return .problem(403, "unauthorized") }
            return .json(200, #"{"status":"valid"}"#, [.location(url)])
        }
        if payload?.truth("onlyReturnExisting") == true { return .problem(400, "accountDoesNotExist") }
        let url = "https://ca.test/a/\(state.accounts.count + 1)"
        state.accounts[url] = key
        return .json(201, #"{"status":"valid"}"#, [.location(url)])
    }

    private func newOrder(_ payload: JSONValue?, _ request: AuthorityRequest, _ state: inout State) -> AuthorityResponse {
        let id = "\(state.orders.count + 1)"
        let names = (payload?.list("identifiers") ?? []).compactMap { $0.text("value") }
        state.orders[id] = StoredOrder(names: names, payload: request.payload ?? "")
        let response = order(id, state)
        return AuthorityResponse(
            status: 201, fields: response.fields + [.location("https://ca.test/o/\(id)")], body: response.body)
    }

    private func order(_ id: String, _ state: State) -> AuthorityResponse {
        guard let order = state.orders[id] else { return .json(404, "{}") }
        let names = order.names.map { #"{"type":"dns","value":"\#($0)"}"# }.joined(separator: ",")
        let authorizations = order.names.map { #""https://ca.test/z/\#(id)/\#($0)""# }.joined(separator: ",")
        return .json(
            200,
            #"{"status":"\#(order.status)","identifiers":[\#(names)],"authorizations":[\#(authorizations)],"finalize":"https://ca.test/f/\#(id)","certificate":"https://ca.test/k/\#(id)"}"#
        )
    }

    private func finalize(_ id: String, _ payload: JSONValue?, _ state: inout State) -> AuthorityResponse {
        guard state.orders[id]?.status == "ready" else { return .problem(403, "orderNotReady") }
        guard let request = payload?.text("csr").flatMap(Base64URL.octets(of:)),
            let request = try? CertificateSigningRequest(derEncoded: request),
            let extensions = try? request.attributes.extensionRequest?.extensions,
            let names = try? extensions.subjectAlternativeNames,
            let certificate = try? issuer.certificate(
                for: request.publicKey, names: state.wrongNames?.map { .dnsName($0) } ?? Array(names),
                from: clock.now - state.age,
                for: state.lifetime),
            let pem = try? certificate.serializeAsPEM().pemString
        else { return .problem(400, "badCSR") }
        state.orders[id]?.status = "valid"
        state.certificates[id] = pem
        return order(id, state)
    }

    private static func text(_ date: Date) -> String { date.formatted(.iso8601) }
}
