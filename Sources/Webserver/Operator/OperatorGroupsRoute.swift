import DNS
import DelegateAPI
import Delegates
import Hummingbird
import Logging

/// `GET` and `POST groups`, `GET` and `DELETE groups/{label}`, `PUT` and `DELETE groups/{label}/members/{name}`.
struct OperatorGroupsRoute: Sendable {
    let operating: Operating
    let logger: Logger

    func list(_ request: Request, context: ClientContext) async throws -> Response {
        let groups = try await operating.groups()
        return try Response(status: .ok, value: GroupListResponse(groups: groups.map { GroupSummary($0) }))
    }

    func create(_ request: Request, context: ClientContext) async throws -> Response {
        let wanted = try JSONBody.decode(NewGroupRequest.self, from: try await request.bodyOctets())
        let label = try OperatorLabel(wanted.label)
        try await operating.makeGroup(label, by: context.operator)
        logger.notice("group made", metadata: ["group.label": "\(label)"])
        return try Response(status: .created, value: GroupDetails(label: label.description, delegates: [], keys: []))
    }

    func show(_ request: Request, context: ClientContext) async throws -> Response {
        let label = try context.label()
        let overview = try await operating.overview(of: label)
        return try Response(
            status: .ok,
            value: GroupDetails(
                label: label.description, delegates: overview.members.map(\.withoutFinalDot),
                keys: overview.credentials.map { KeyDescription($0, isExpired: $0.hasExpired(at: overview.now)) }))
    }

    func delete(_ request: Request, context: ClientContext) async throws -> Response {
        let label = try context.label()
        try await operating.deleteGroup(label, by: context.operator)
        logger.notice("group deleted", metadata: ["group.label": "\(label)"])
        return Response(status: .noContent)
    }

    func add(_ request: Request, context: ClientContext) async throws -> Response {
        let (label, name) = (try context.label(), try operating.name(in: context))
        try await operating.add(name, to: label, by: context.operator)
        logger.notice("member added", metadata: ["group.label": "\(label)", "delegate.name": "\(name)"])
        return Response(status: .noContent)
    }

    func remove(_ request: Request, context: ClientContext) async throws -> Response {
        let (label, name) = (try context.label(), try operating.name(in: context))
        try await operating.remove(name, from: label, by: context.operator)
        logger.notice("member removed", metadata: ["group.label": "\(label)", "delegate.name": "\(name)"])
        return Response(status: .noContent)
    }
}

extension ClientContext {
    /// The group or token that the path names.
    func label() throws(Refusal) -> OperatorLabel {
        try OperatorLabel(parameter("label") ?? "")
    }
}

extension GroupSummary {
    fileprivate init(_ record: GroupRecord) {
        self.init(
            label: record.label.description, created: record.created.text, delegates: record.memberCount,
            keys: record.credentialCount)
    }
}
