import DNS
import Delegates
import Synchronization
import Testing

/// Credentials, groups and tokens as a follower knows them from entries of the feed alone.
final class FeedModel: Sendable {
    private let state = Mutex(State())

    private struct State {
        var credentials: [UniqueID: Credential] = [:]
        var groups: [OperatorLabel: Set<DomainName>] = [:]
        var tokens: [OperatorLabel: RegistrationToken] = [:]
        var disabled: Set<DomainName> = []
    }

    /// Begins with what a storage has.
    init(_ storage: any DelegateStorage, names: [DomainName], usernames: [UniqueID]) async throws {
        var begin = State()
        for username in usernames {
            guard var credential = try await storage.credential(of: username) else { continue }
            credential.isDisabled = false
            begin.credentials[username] = credential
        }
        for group in try await storage.groups() {
            begin.groups[group.label] = Set(try await storage.members(of: group.label) ?? [])
        }
        for token in try await storage.tokens() { begin.tokens[token.label] = token }
        for name in names where try await storage.delegate(name)?.disabled != nil { begin.disabled.insert(name) }
        state.withLock { [begin] in $0 = begin }
    }

    func apply(_ entry: FeedEntry) {
        state.withLock { state in
            for effect in entry.effects { Self.apply(effect, to: &state) }
        }
    }

    private static func apply(_ effect: FeedEntry.Effect, to state: inout State) {
        switch effect {
        case .enrolled, .published, .withdrawn, .aged: break
        case .disabled(let name): state.disabled.insert(name)
        case .enabled(let name): state.disabled.remove(name)
        case .deleted(let name):
            state.disabled.remove(name)
            state.credentials = state.credentials.filter { $0.value.delegate != name }
            for label in state.groups.keys { state.groups[label]?.remove(name) }
        case .credential(let credential): state.credentials[credential.username] = credential
        case .credentialUsed(let username, let use): state.credentials[username]?.lastUse = use
        case .credentialEnded(let username): state.credentials[username] = nil
        case .groupMade(let label): state.groups[label] = []
        case .groupDeleted(let label):
            state.groups[label] = nil
            state.credentials = state.credentials.filter { $0.value.group != label }
        case .memberAdded(let name, let group): state.groups[group]?.insert(name)
        case .memberRemoved(let name, let group): state.groups[group]?.remove(name)
        case .token(let token): state.tokens[token.label] = token
        case .secret: break
        }
    }

    func compare(with storage: any DelegateStorage, usernames: [UniqueID]) async throws {
        let known = state.withLock(\.self)
        for username in usernames {
            var credential = known.credentials[username]
            let isDisabled = credential?.delegate.map { known.disabled.contains($0) } ?? false
            credential?.isDisabled = isDisabled
            #expect(try await storage.credential(of: username) == credential)
        }
        #expect(try await storage.groups().map(\.label) == known.groups.keys.sorted { $0.description < $1.description })
        for (label, members) in known.groups { #expect(try await storage.members(of: label).map { Set($0) } == members) }
        #expect(try await storage.tokens() == known.tokens.values.sorted { $0.label.description < $1.label.description })
    }
}
