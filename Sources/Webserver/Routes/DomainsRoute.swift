import DNS
import DelegateAPI
import Delegates
import Hummingbird
import Logging

/// `GET domains` lists the domains of the caller's delegate, `PUT domains/{domain}` adds one, `DELETE domains/{domain}` removes one.
///
/// The key of a group names the delegate in the parameter `subdomain`.
struct DomainsRoute: Sendable {
    let callers: Callers
    let holding: Holding
    let logger: Logger

    func list(_ request: Request, context: ClientContext) async throws -> Response {
        let holder = try await callers.holderNaming(delegateIn: request, context: context)
        let domains = try await holding.domains(of: holder.delegate)
        return try Response(status: .ok, value: DomainListResponse(domains: domains.map { DomainDescription($0) }))
    }

    func add(_ request: Request, context: ClientContext) async throws -> Response {
        let holder = try await callers.holderNaming(delegateIn: request, context: context)
        try await holding.declare(try context.domain(), at: holder.delegate, by: holder.actor)
        logger.notice("domain added", metadata: holder.metadata)
        return Response(status: .noContent)
    }

    func remove(_ request: Request, context: ClientContext) async throws -> Response {
        let holder = try await callers.holderNaming(delegateIn: request, context: context)
        try await holding.remove(try context.domain(), from: holder.delegate, by: holder.actor)
        logger.notice("domain removed", metadata: holder.metadata)
        return Response(status: .noContent)
    }
}

extension Callers {
    /// The caller and its delegate. The key of a group names the delegate in the parameter `subdomain`.
    func holderNaming(delegateIn request: Request, context: ClientContext) async throws -> Holder {
        let subdomain = Result { () throws(RequestError) in try request.text("subdomain") }
        // The caller is checked first: a stranger learns nothing about what would have been right.
        let caller = try await caller(of: request, context: context, subdomain: (try? subdomain.get()) ?? nil)
        _ = try subdomain.get()
        guard let delegate = caller.delegate else { throw Refusal.subdomainMissing }
        return Holder(caller: caller, delegate: delegate)
    }
}

extension ClientContext {
    /// The domain that the path names.
    func domain() throws(Refusal) -> DeclaredDomain { try DeclaredDomain(parameter("domain") ?? "") }
}

extension DomainDescription {
    init(_ record: DomainRecord) {
        self.init(
            domain: record.domain.description, delegate: record.delegate.withoutFinalDot,
            cname: "\(record.domain.challengeName) CNAME \(record.delegate)", declared: record.declared.text,
            verifiedSince: record.verifiedSince?.text, verdict: record.state.rawValue, checked: record.lastLook?.time.text,
            findings: (record.lastLook?.findings ?? []).map { Finding(check: $0.check, status: $0.status.rawValue) })
    }
}
