import DNS
import Delegates
import StorageParts

/// What the rules need to know of the database.
enum Need: Hashable, Sendable {
    /// A delegate's row, and its values.
    case delegate(DomainName)
    case credential(UniqueID)
    /// All credentials of a delegate or a group.
    case credentials(Credential.Scope)
    case networkUse(IPNetwork, UniqueID)
    case token(OperatorLabel)
    case group(OperatorLabel)
    case member(Membership)
    /// All members of a group.
    case members(OperatorLabel)
    /// The delegates that were prepared first for a token, and are not disabled.
    case prepared(OperatorLabel, maximum: Int)
    /// The number of delegates from a network, counted up to the maximum.
    case delegateCount(IPNetwork, maximum: Int)
    /// All domains that a delegate has declared.
    case domains(Int64)
    case serial(DomainName)
    case secret(String)
    case oldestFeedEntries(maximum: Int)
    case oldestAuditEntries(maximum: Int)
}

/// A delegate in a group.
struct Membership: Hashable, Sendable {
    var group: OperatorLabel
    var delegate: DomainName
}

extension SubmittedChange {
    /// What the rules need for most changes of this kind. What they need besides is read when they ask for it.
    var needs: [Need] {
        var needs = change.needs
        switch actor.kind {
        case .credential(let username):
            needs.append(.credential(username))
            if let address = actor.address { needs.append(.networkUse(IPNetwork(partyOf: address), username)) }
        case .token(let label): needs.append(.token(label))
        case .visitor, .operator, .server: break
        }
        return needs
    }
}

extension Change {
    fileprivate var needs: [Need] {
        switch self {
        case .enrol(let new):
            [.delegate(new.name)] + (new.credential.map { [.credential($0.username)] } ?? [])
                + (new.origin.map { [.delegateCount($0.network, maximum: $0.maximum)] } ?? [])
        case .publish(_, let name), .withdraw(let name), .disable(let name), .enable(let name): [.delegate(name)]
        case .delete(let name), .expire(let name, _): [.delegate(name), .credentials(.delegate(name))]
        case .ageValues(let names, _): names.map { .delegate($0) }
        case .addCredential(let credential, _), .rotate(let credential, _, _):
            [.credentials(credential.scope), .credential(credential.username)]
                + (credential.delegate.map { [.delegate($0)] } ?? credential.group.map { [.group($0)] } ?? [])
        case .claim(let credential, _): [.credential(credential.username)]
        case .revokeCredential(let username), .editCredential(let username, _), .keepDigest(_, let username):
            [.credential(username)]
        case .declareDomain(_, let name), .removeDomain(_, let name), .recordCheck(_, _, let name): [.delegate(name)]
        case .makeGroup(let label): [.group(label)]
        case .deleteGroup(let label): [.group(label), .credentials(.group(label))]
        case .addMember(let name, let group): [.delegate(name), .group(group), .members(group)]
        case .removeMember(let name, let group):
            [.delegate(name), .group(group), .member(Membership(group: group, delegate: name))]
        case .makeToken(let token): [.token(token.label)]
        case .revokeToken(let label): [.token(label)]
        case .keepSerials(let records): records.map { .serial($0.zone) }
        case .forgetAudit(_, _, let maximum): [.oldestAuditEntries(maximum: maximum)]
        case .note, .probe: []
        }
    }
}
