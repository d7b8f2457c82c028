import DNS
import DelegateAPI
import Delegates
import Hummingbird
import Logging

/// `GET domains`, `GET delegates/{name}/domains`, `PUT` and `DELETE delegates/{name}/domains/{domain}`.
struct OperatorDomainsRoute: Sendable {
    let operating: Operating
    let holding: Holding
    let logger: Logger

    func listAll(_ request: Request, context: ClientContext) async throws -> Response {
        let filter = DomainFilter(
            state: try Self.state(in: request),
            delegate: try request.text("delegate").map { text throws(Refusal) in try operating.name(text) })
        let place = try request.text("after").map { text throws(RequestError) in
            guard let place = DomainPlace(text) else { throw .invalidPlace(text) }
            return place
        }
        let maximum = try request.number("limit").map { Int(clamping: $0) } ?? Operating.maximumPage
        let page = try await operating.domains(filter, after: place, maximum: maximum)
        return try Response(
            status: .ok,
            value: DomainPageResponse(domains: page.records.map { DomainDescription($0) }, next: page.next?.description))
    }

    private static func state(in request: Request) throws(RequestError) -> DomainState? {
        guard let text = try request.text("verdict") else { return nil }
        guard let state = DomainState(rawValue: text) else {
            throw .invalidChoice("verdict", of: DomainState.allCases.map(\.rawValue))
        }
        return state
    }

    func list(_ request: Request, context: ClientContext) async throws -> Response {
        let name = try operating.name(in: context)
        try await operating.check(.delegate(name))
        let domains = try await holding.domains(of: name)
        return try Response(status: .ok, value: DomainListResponse(domains: domains.map { DomainDescription($0) }))
    }

    func add(_ request: Request, context: ClientContext) async throws -> Response {
        let (name, domain) = (try operating.name(in: context), try context.domain())
        try await holding.declare(domain, at: name, by: context.operator)
        logger.notice("domain added", metadata: ["delegate.name": "\(name)"])
        return Response(status: .noContent)
    }

    func remove(_ request: Request, context: ClientContext) async throws -> Response {
        let (name, domain) = (try operating.name(in: context), try context.domain())
        try await holding.remove(domain, from: name, by: context.operator)
        logger.notice("domain removed", metadata: ["delegate.name": "\(name)"])
        return Response(status: .noContent)
    }
}
