import DNS
import Delegates
import Foundation
import Logging
import Sealing
import Signing
import StorageParts
import Synchronization

/// What the nodes of a storage share, and the storage cannot read: the zones' keys, and the secrets of DNS cookies.
///
/// Each change of it comes with the storage's feed: see ``SharedSecretKeeping`` for how one is made.
final class SharedSecrets: Sendable {
    let keys = SharedKeys()
    let sealing: SealingKey?
    private let clock: SteadyClock
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        var zones: SignedZones?
        /// Called when ``zones`` or ``SharedSecrets/cookies`` have changed.
        var changed: @Sendable () -> Void = {}
        var cookies: (secrets: CookieSecrets, sequence: ChangeSequence)?
        /// Why something cannot be read, by its name.
        var failures: [String: Failure] = [:]
    }

    /// Why this node cannot be one of them: it cannot read what the others have.
    struct Failure: Error, Hashable, CustomStringConvertible {
        var description: String
    }

    /// What a secret in the storage is.
    enum Subject: Hashable {
        case keys(of: DomainName)
        case cookies

        static let keysPrefix = "dnssec/"

        init?(_ name: String) {
            if name == "cookies" {
                self = .cookies
            } else if name.hasPrefix(Self.keysPrefix), let apex = try? DomainName(String(name.dropFirst(Self.keysPrefix.count)))
            {
                self = .keys(of: apex)
            } else {
                return nil
            }
        }

        var name: String {
            switch self {
            case .keys(let apex): Self.keysPrefix + apex.lowercased.description
            case .cookies: "cookies"
            }
        }
    }

    /// - Parameter sealing: the key with which the storage's secrets are sealed; `nil` if none is configured. Then the storage must have none.
    init(sealing: SealingKey?, clock: SteadyClock, logger: Logger) {
        self.sealing = sealing
        self.clock = clock
        self.logger = logger
    }

    /// Sets what signs with the keys.
    func use(_ zones: SignedZones) { state.withLock { $0.zones = zones } }

    /// Sets what is called when the zones or cookies' secrets have changed.
    func onChange(_ changed: @escaping @Sendable () -> Void) { state.withLock { $0.changed = changed } }

    /// The secrets of cookies, and the change that put them into the storage.
    var cookies: (secrets: CookieSecrets, sequence: ChangeSequence)? { state.withLock(\.cookies) }

    /// All that this node knows, and the changes that brought it.
    var known: [(subject: Subject, content: [UInt8], sequence: ChangeSequence)] {
        keys.all.map { (.keys(of: $0.apex), $0.content, $0.sequence) }
            + (cookies.map { [(.cookies, $0.secrets.octets, $0.sequence)] } ?? [])
    }

    /// Why this node cannot go on with the others; `nil` if it can.
    var failure: Failure? { state.withLock { $0.failures.min { $0.key < $1.key }?.value } }

    /// Reads all that the storage has. ``failure`` says what cannot be read.
    func load(from storage: any SharedSecretStorage) async throws(StorageError) {
        for secret in try await storage.sharedSecrets() { take(secret) }
    }

    /// Takes what the storage has of something from a change on.
    ///
    /// - Returns: whether it is known now; otherwise ``failure`` says why not.
    @discardableResult @Sendable
    func take(_ secret: SharedSecret) -> Bool {
        do {
            guard let sealing else {
                throw Failure(
                    description:
                        "the storage has what nodes share (“\(secret.name)”): give “dnssec.sealing-key-file”, the same on all nodes"
                )
            }
            guard let subject = Subject(secret.name) else { return true }
            let content = try sealing.open(secret.content, named: secret.name)
            switch subject {
            case .keys(let apex): try takeKeys(content, of: apex, at: secret.sequence)
            case .cookies: try takeCookies(content, at: secret.sequence)
            }
            let hadFailed = state.withLock { $0.failures.removeValue(forKey: secret.name) != nil }
            if hadFailed { logger.notice("what nodes share can be read again") }
            return true
        } catch {
            let failure =
                (error as? Failure) ?? Failure(description: "\(error): all nodes need the same “dnssec.sealing-key-file”")
            let isNew = state.withLock { state in
                defer { state.failures[secret.name] = failure }
                return state.failures[secret.name] != failure
            }
            if isNew {
                logger.critical(
                    "what nodes share cannot be read: this node does not go on, and keeps its answers back",
                    metadata: ["error": "\(failure)"])
            }
            return false
        }
    }

    private func takeKeys(_ content: [UInt8], of apex: DomainName, at sequence: ChangeSequence) throws {
        let (zones, changed) = state.withLock { ($0.zones, $0.changed) }
        do throws(KeyFolder.Failure) {
            guard let zones else {
                try keys.take(content, of: apex, at: sequence)
                return
            }
            if try zones.take(content, of: apex, at: sequence, now: clock.now) { changed() }
        } catch {
            throw Failure(description: error.description)
        }
    }

    private func takeCookies(_ content: [UInt8], at sequence: ChangeSequence) throws {
        guard let secrets = CookieSecrets(octets: content) else {
            throw Failure(
                description: "what the storage has of cookies’ secrets cannot be read: another node has a newer version")
        }
        let changed = state.withLock { state -> (@Sendable () -> Void)? in
            if let known = state.cookies, known.sequence >= sequence { return nil }
            state.cookies = (secrets, sequence)
            return state.changed
        }
        changed?()
    }
}
