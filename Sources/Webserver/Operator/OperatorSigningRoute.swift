import DNS
import DelegateAPI
import Delegates
import Hummingbird
import Logging

/// `GET dnssec`, and `POST dnssec/{zone}/rollover`, `cancel` and `confirm`.
struct OperatorSigningRoute: Sendable {
    let actions: OperatorActions
    let logger: Logger

    func show(_ request: Request, context: ClientContext) async throws -> Response {
        try Response(status: .ok, value: actions.signing())
    }

    func rollover(_ request: Request, context: ClientContext) async throws -> Response {
        let wanted = try JSONBody.decode(RolloverRequest.self, from: try await request.bodyOctets())
        if let key = wanted.key, !["csk", "ksk", "zsk"].contains(key) {
            throw RequestError.invalidChoice("key", of: ["csk", "ksk", "zsk"])
        }
        if let algorithm = wanted.algorithm, !["ecdsap256sha256", "ed25519"].contains(algorithm) {
            throw RequestError.invalidChoice("algorithm", of: ["ecdsap256sha256", "ed25519"])
        }
        return try await change(context, .begin(key: wanted.key, algorithm: wanted.algorithm))
    }

    func cancel(_ request: Request, context: ClientContext) async throws -> Response { try await change(context, .cancel) }

    func confirm(_ request: Request, context: ClientContext) async throws -> Response { try await change(context, .confirm) }

    private func change(_ context: ClientContext, _ change: KeyChange) async throws -> Response {
        let text = context.parameter("zone") ?? ""
        guard let zone = try? DomainName(text) else { throw Refusal.noSuchZone(text) }
        return try Response(status: .ok, value: try await actions.changeKeys(zone, change))
    }
}

/// An operator's action on a zone's keys.
package enum KeyChange: Hashable, Sendable {
    /// - Parameters:
    ///   - key: the role of the key that is replaced; `nil` for the key whose DS the parent has.
    ///   - algorithm: the algorithm of new keys that replace all present ones; `nil` to replace one key.
    case begin(key: String?, algorithm: String?)
    /// Reverts what was begun.
    case cancel
    /// The parent zone has what is awaited.
    case confirm
}
