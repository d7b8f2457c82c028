import DNS
import DelegateAPI
import Delegates
import Hummingbird
import Logging

/// `GET` and `POST delegates`, `GET` and `DELETE delegates/{name}`, `POST delegates/{name}/disable` and `enable`.
struct OperatorDelegatesRoute: Sendable {
    let operating: Operating
    let holding: Holding
    /// The URL at which clients use their credentials, with a final slash.
    let serverURL: String
    let logger: Logger

    /// The maximum number of delegates in a page with their domains, of which each has up to 100 with up to 3,500 octets.
    private static let maximumPageWithDomains = 100

    func list(_ request: Request, context: ClientContext) async throws -> Response {
        let filter = DelegateFilter(state: try Self.state(in: request), text: try request.text("text"))
        let after = try request.text("after").map { text throws(Refusal) in try operating.name(text) }
        let (wantsKeys, wantsDomains) = (try request.wants("keys"), try request.wants("domains"))
        let longest = wantsDomains ? Self.maximumPageWithDomains : Operating.maximumPage
        let maximum = try request.number("limit").map { Int(clamping: $0) } ?? longest
        let page = try await operating.delegates(filter, after: after, maximum: min(maximum, longest))
        var summaries = page.records.map { DelegateSummary($0) }
        if wantsKeys {
            let now = operating.now
            for (index, record) in page.records.enumerated() where record.credentialCount > 0 {
                summaries[index].keyList = try await operating.credentials(of: .delegate(record.name)).map {
                    KeyDescription($0, isExpired: $0.hasExpired(at: now))
                }
            }
        }
        if wantsDomains {
            let domains = try await operating.domains(of: page.records.map(\.name))
            for (index, record) in page.records.enumerated() {
                summaries[index].domainList = domains[record.name]?.map { DomainDescription($0) }
            }
        }
        return try Response(
            status: .ok, value: DelegatePageResponse(delegates: summaries, next: page.next?.withoutFinalDot))
    }

    private static func state(in request: Request) throws(RequestError) -> DelegateRecord.State? {
        guard let text = try request.text("state") else { return nil }
        guard let state = DelegateRecord.State(rawValue: text) else {
            throw .invalidChoice("state", of: DelegateRecord.State.allCases.map(\.rawValue))
        }
        return state
    }

    func show(_ request: Request, context: ClientContext) async throws -> Response {
        let name = try operating.name(in: context)
        let overview = try await operating.overview(of: name)
        let (now, served) = (overview.now, overview.served)
        return try Response(
            status: .ok,
            value: DelegateDetails(
                summary: DelegateSummary(overview.record), cname: "_acme-challenge.<domain>. CNAME \(name)",
                keys: overview.credentials.map { KeyDescription($0, isExpired: $0.hasExpired(at: now)) },
                domains: try await holding.domains(of: name).map { DomainDescription($0) },
                groups: overview.groups.map(\.description),
                values: served.values.map(\.value.text),
                valueAgesSeconds: served.values.map { now.secondsSinceEpoch - $0.published.secondsSinceEpoch },
                lastPublished: served.values.last?.published.text,
                asked: served.values.isEmpty
                    ? nil
                    : AskedDescription(
                        networks: served.askingNetworks.networks, atLeast: served.askingNetworks.isMinimum)))
    }

    func create(_ request: Request, context: ClientContext) async throws -> Response {
        let body = try await request.bodyOctets()
        let wanted = try body.isEmpty ? NewDelegateRequest() : JSONBody.decode(NewDelegateRequest.self, from: body)
        let name = try wanted.name.map { text throws(Refusal) in try operating.name(text) } ?? operating.randomName()
        if wanted.prepared == true || wanted.token != nil {
            guard wanted.label == nil, wanted.allowfrom == nil, wanted.expires == nil else {
                throw RequestError.malformedJSON("a prepared delegate has no key yet: leave out label, allowfrom and expires")
            }
            let token = try wanted.token.map { text throws(Refusal) in try OperatorLabel(text) }
            try await operating.prepare(name, for: token, by: context.operator)
            logger.notice("delegate prepared", metadata: ["delegate.name": "\(name)"])
            return try Response(status: .created, value: DelegateSummary(try await operating.record(of: name)))
        }
        let new = try await operating.create(
            name, label: wanted.label ?? "", allowedNetworks: try AllowedNetworks(wanted.allowfrom ?? []),
            expires: try wanted.expires.map { text throws(RequestError) in try Timestamp(text: text) }, by: context.operator)
        logger.notice("delegate created", metadata: ["delegate.name": "\(name)"])
        return try Response(status: .created, value: NewKeyResponse(new, serverURL: serverURL))
    }

    func disable(_ request: Request, context: ClientContext) async throws -> Response {
        let name = try operating.name(in: context)
        try await operating.disable(name, by: context.operator)
        logger.notice("delegate disabled", metadata: ["delegate.name": "\(name)"])
        return Response(status: .noContent)
    }

    func enable(_ request: Request, context: ClientContext) async throws -> Response {
        let name = try operating.name(in: context)
        try await operating.enable(name, by: context.operator)
        logger.notice("delegate enabled", metadata: ["delegate.name": "\(name)"])
        return Response(status: .noContent)
    }

    func delete(_ request: Request, context: ClientContext) async throws -> Response {
        let name = try operating.name(in: context)
        try await operating.delete(name, by: context.operator)
        logger.notice("delegate deleted", metadata: ["delegate.name": "\(name)"])
        return Response(status: .noContent)
    }
}

extension Request {
    /// Whether a query parameter is `true`; `false` if it is missing.
    ///
    /// - Throws: ``RequestError/invalidChoice(_:of:)``.
    func wants(_ name: String) throws(RequestError) -> Bool {
        switch try text(name) {
        case "true": true
        case "false", nil: false
        default: throw .invalidChoice(name, of: ["true", "false"])
        }
    }
}

extension Operating {
    /// The delegate that the path names.
    func name(in context: ClientContext) throws(Refusal) -> DomainName {
        try name(context.parameter("name") ?? "")
    }
}

extension DelegateSummary {
    init(_ record: DelegateRecord) {
        self.init(
            name: record.name.withoutFinalDot, state: record.state.rawValue, keys: record.credentialCount,
            enrolled: record.enrolled.text, firstPublished: record.firstPublished?.text, lastUsed: record.lastUsed?.text,
            disabled: record.disabled?.text, deleted: record.deleted?.text, preparedFor: record.preparedFor?.description)
    }
}
