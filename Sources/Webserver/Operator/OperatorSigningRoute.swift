import DNS
import DNSSEC
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
        let role = try wanted.key.map { text in
            guard let role = ZoneKeys.Role(rawValue: text) else {
                throw RequestError.invalidChoice("key", of: ZoneKeys.Role.allCases.map(\.rawValue))
            }
            return role
        }
        let algorithm = try wanted.algorithm.map { text in
            guard let algorithm = SigningAlgorithm(name: text) else {
                throw RequestError.invalidChoice("algorithm", of: SigningAlgorithm.allCases.map(\.name))
            }
            return algorithm
        }
        // Another algorithm replaces all keys, whichever role is given.
        return try await change(context, algorithm.map(KeyChange.replaceAll) ?? .replace(role))
    }

    func cancel(_ request: Request, context: ClientContext) async throws -> Response { try await change(context, .cancel) }

    func confirm(_ request: Request, context: ClientContext) async throws -> Response { try await change(context, .confirm) }

    private func change(_ context: ClientContext, _ change: KeyChange) async throws -> Response {
        let text = context.parameter("zone") ?? ""
        guard let zone = try? DomainName(text) else { throw Refusal.noSuchZone(text) }
        return try Response(status: .ok, value: try await actions.changeKeys(zone, change))
    }
}
