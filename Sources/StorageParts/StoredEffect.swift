import DNS
package import Delegates
import Foundation

/// An effect as a row of the feed.
package struct StoredEffect {
    package enum Kind: String {
        case enrolled, disabled, enabled, deleted, published, withdrawn, aged, credential
        case credentialUsed = "credential_used"
        case credentialEnded = "credential_ended"
        case groupMade = "group_made"
        case groupDeleted = "group_deleted"
        case memberAdded = "member_added"
        case memberRemoved = "member_removed"
        case token, secret
    }

    package var kind: Kind?
    package var name: String?
    /// For a value: its place, its moment and the value, separated by blanks. For a credential or a token: a JSON object. For a secret: its
    /// sealed content.
    package var detail: String?

    package init(kind: Kind? = nil, name: String? = nil, detail: String? = nil) {
        self.kind = kind
        self.name = name
        self.detail = detail
    }

    package init(_ effect: FeedEntry.Effect) throws {
        switch effect {
        case .enrolled(let delegate): self.init(kind: .enrolled, name: delegate.storedText)
        case .disabled(let delegate): self.init(kind: .disabled, name: delegate.storedText)
        case .enabled(let delegate): self.init(kind: .enabled, name: delegate.storedText)
        case .deleted(let delegate): self.init(kind: .deleted, name: delegate.storedText)
        case .published(let value, let delegate, let sequence, let time):
            self.init(
                kind: .published, name: delegate.storedText,
                detail: "\(sequence.number) \(time.secondsSinceEpoch) \(value.text)")
        case .withdrawn(let delegate): self.init(kind: .withdrawn, name: delegate.storedText)
        case .aged(let delegate, let moment):
            self.init(kind: .aged, name: delegate.storedText, detail: "\(moment.secondsSinceEpoch)")
        case .credential(let credential):
            self.init(
                kind: .credential, name: credential.username.description, detail: StoredCredential(credential).json)
        case .credentialUsed(let username, let use):
            self.init(
                kind: .credentialUsed, name: username.description,
                detail: "\(use.time.secondsSinceEpoch) \(use.address ?? "")")
        case .credentialEnded(let username): self.init(kind: .credentialEnded, name: username.description)
        case .groupMade(let label): self.init(kind: .groupMade, name: label.description)
        case .groupDeleted(let label): self.init(kind: .groupDeleted, name: label.description)
        case .memberAdded(let delegate, let group):
            self.init(kind: .memberAdded, name: delegate.storedText, detail: group.description)
        case .memberRemoved(let delegate, let group):
            self.init(kind: .memberRemoved, name: delegate.storedText, detail: group.description)
        case .token(let token):
            self.init(kind: .token, name: token.label.description, detail: try Self.json(StoredToken(token)))
        case .secret(let name, let content): self.init(kind: .secret, name: name, detail: content)
        }
    }

    /// `nil` if the row is damaged.
    package var effect: FeedEntry.Effect? {
        guard let kind, let name else { return nil }
        let delegate = try? DomainName(name)
        let label = try? OperatorLabel(name)
        let parts = (detail ?? "").split(separator: " ", omittingEmptySubsequences: false)
        switch kind {
        case .enrolled: return delegate.map { .enrolled($0) }
        case .disabled: return delegate.map { .disabled($0) }
        case .enabled: return delegate.map { .enabled($0) }
        case .deleted: return delegate.map { .deleted($0) }
        case .published:
            guard parts.count == 3, let delegate, let number = UInt64(parts[0]), let time = Int64(parts[1]),
                let value = ChallengeValue(String(parts[2]))
            else { return nil }
            return .published(
                value, delegate, sequence: ChangeSequence(number), time: Timestamp(secondsSinceEpoch: time))
        case .withdrawn: return delegate.map { .withdrawn($0) }
        case .aged:
            guard let delegate, let moment = detail.flatMap({ Int64($0) }) else { return nil }
            return .aged(delegate, until: Timestamp(secondsSinceEpoch: moment))
        case .credential:
            return UniqueID(name).flatMap { Self.read(StoredCredential.self, detail)?.credential($0) }.map { .credential($0) }
        case .credentialUsed:
            guard let username = UniqueID(name), parts.count == 2, let time = Int64(parts[0]) else { return nil }
            let use = Credential.Use(
                time: Timestamp(secondsSinceEpoch: time), address: parts[1].isEmpty ? nil : String(parts[1]))
            return .credentialUsed(username, use)
        case .credentialEnded: return UniqueID(name).map { .credentialEnded($0) }
        case .groupMade: return label.map { .groupMade($0) }
        case .groupDeleted: return label.map { .groupDeleted($0) }
        case .memberAdded, .memberRemoved:
            guard let delegate, let group = detail.flatMap({ try? OperatorLabel($0) }) else { return nil }
            return kind == .memberAdded ? .memberAdded(delegate, group) : .memberRemoved(delegate, group)
        case .token: return label.flatMap { Self.read(StoredToken.self, detail)?.token($0) }.map { .token($0) }
        case .secret: return detail.map { .secret(name: name, content: $0) }
        }
    }

    private static func json(_ value: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }

    private static func read<Value: Decodable>(_ type: Value.Type, _ text: String?) -> Value? {
        text.flatMap { try? JSONDecoder().decode(type, from: Data($0.utf8)) }
    }
}
