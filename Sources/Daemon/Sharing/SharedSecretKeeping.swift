import DNS
import DNSSEC
import Delegates
import Logging
import Sealing
import ServiceLifecycle
import Signing
import StorageParts

/// Puts into the storage what nodes are to share: changes of keys, and secrets of cookies.
///
/// Whatever is to hold is in the storage first. So all nodes sign alike, whichever of them dies, and whenever: each stage of a change of keys
/// goes with the one before and the one after, and none lasts less than an hour beyond what caches need.
struct SharedSecretKeeping: Service {
    let storage: any ServerStorage
    let place: any SharedSecretStorage
    let secrets: SharedSecrets
    let sealing: SealingKey
    let zones: SignedZones
    let clock: SteadyClock
    let logger: Logger

    /// - Returns: `nil` if nodes share nothing.
    init?(_ storage: any ServerStorage, _ secrets: SharedSecrets?, zones: SignedZones, clock: SteadyClock, logger: Logger) {
        guard let place = storage.secrets, let secrets, let sealing = secrets.sealing else { return nil }
        self.storage = storage
        self.place = place
        self.secrets = secrets
        self.sealing = sealing
        self.zones = zones
        self.clock = clock
        self.logger = logger
    }

    /// How often it is looked whether the storage has lost something, and whether a secret of cookies is old.
    private static let period = Duration.seconds(60)
    /// How often an operator's change is tried again because another node was first.
    private static let maximumTries = 3

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            try await withThrowingTaskGroup { group in
                group.addTask {
                    for await _ in secrets.keys.proposed { await keepProposals(waits: true) }
                }
                group.addTask {
                    while await pause(.seconds(1)) {
                        if let failure = secrets.failure { throw StartError.keys(failure.description) }
                    }
                }
                group.addTask {
                    while await pause(Self.period) {
                        guard storage.leads else { continue }
                        do {
                            try await care()
                        } catch {
                            logger.debug("shared secrets not kept", metadata: ["error": "\(error)"])
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    /// - Returns: `false` if the server stops.
    private func pause(_ time: Duration) async -> Bool { (try? await Task.sleep(for: time)) != nil }

    // MARK: Keys

    /// Puts the keys of new zones into the storage before that runs.
    ///
    /// - Throws: why the zones have no keys.
    func keepInitially() async throws(SharedSecrets.Failure) {
        let trouble = await keepProposals(waits: false)
        if let failure = secrets.failure { throw failure }
        if zones.lacksKeys {
            throw SharedSecrets.Failure(
                description: "the keys of new zones are not in the storage: \(trouble ?? "another node was first; start again")"
            )
        }
    }

    /// - Returns: why one was not kept, in words; `nil` if all were, or others came first.
    @discardableResult
    private func keepProposals(waits: Bool) async -> String? {
        var trouble: String?
        for proposal in secrets.keys.takeProposals() {
            let subject = SharedSecrets.Subject.keys(of: proposal.apex)
            do throws(StorageError) {
                let isKept = try await place.keep(
                    sealing.seal(proposal.content, named: subject.name), named: subject.name, after: proposal.former,
                    at: clock.now, waits: waits)
                secrets.keys.end(proposal, isKept ? .kept : .overtaken)
                if !isKept { try await keepLost() }
            } catch {
                secrets.keys.end(proposal, .failed(error.description))
                zones.noteNotShared(proposal.apex, because: error.description)
                trouble = error.description
            }
        }
        return trouble
    }

    /// Changes a zone's keys as an operator asks: returns when all nodes that are alive have it.
    func change(_ apex: DomainName, _ change: KeyChange) async throws(KeyChangeRefusal) -> SigningStatus {
        for _ in 0..<Self.maximumTries {
            do {
                return try zones.change(apex, change, now: clock.now)
            } catch .keyFolder(.agreeing(_, let proposal)) {
                switch await outcome(of: proposal, of: apex) {
                case .kept:
                    guard let status = zones.statuses(now: clock.now).first(where: { $0.apex == apex }) else {
                        throw .noSuchZone
                    }
                    return status
                case .failed(let reason): throw .keyFolder(.notShared(apex: apex, reason: reason))
                case .overtaken, nil: continue
                }
            } catch {
                throw error
            }
        }
        throw .keyFolder(.notShared(apex: apex, reason: "other nodes change them at the same time: try again"))
    }

    /// Waits for the end of a proposal.
    ///
    /// - Parameter proposal: `nil` if another one is open, which may end first.
    /// - Returns: `nil` if it is not known.
    private func outcome(of proposal: Int?, of apex: DomainName) async -> SharedKeys.Outcome? {
        let deadline = ContinuousClock.now.advanced(by: .seconds(15))
        while ContinuousClock.now < deadline, await pause(.milliseconds(20)) {
            guard let proposal else { return nil }
            if let outcome = secrets.keys.outcome(ofProposal: proposal, of: apex) { return outcome }
        }
        return nil
    }

    // MARK: As time goes

    /// Does what is due. Call it about once a minute.
    func care() async throws(StorageError) {
        try await keepLost()
        try await keepCookies()
    }

    /// A failover can lose the last changes. Nodes sign on with the keys that they have, so these go back into the storage.
    private func keepLost() async throws(StorageError) {
        // What is known comes first: what the storage is read to have afterwards cannot be older than that.
        let known = secrets.keys.all
        let stored = try await place.sharedSecrets()
        for keys in known {
            let subject = SharedSecrets.Subject.keys(of: keys.apex)
            let former = stored.first { $0.name == subject.name }?.sequence
            guard former.map({ $0 < keys.sequence }) ?? true else { continue }
            let isKept = try await place.keep(
                sealing.seal(keys.content, named: subject.name), named: subject.name, after: former, at: clock.now, waits: true)
            if isKept {
                logger.critical(
                    "the database had lost a change of a zone's keys: it has those of this node now",
                    metadata: ["dns.zone": "\(keys.apex)"])
            }
        }
    }

    /// Makes a secret of cookies, if there is none, or the last one is old.
    func keepCookies(waits: Bool = true) async throws(StorageError) {
        let known = secrets.cookies
        let now = clock.now
        if let known, now.secondsSinceEpoch - known.secrets.made < CookieSecrets.lifetime.components.seconds { return }
        let subject = SharedSecrets.Subject.cookies
        let new = CookieSecrets(after: known?.secrets, at: now)
        _ = try await place.keep(
            sealing.seal(new.octets, named: subject.name), named: subject.name, after: known?.sequence, at: now, waits: waits)
    }
}
