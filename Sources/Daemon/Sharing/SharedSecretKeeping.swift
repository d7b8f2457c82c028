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
    /// How long an operator's change waits for other changes, and for the nodes.
    private static let patience = Duration.seconds(15)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    for await _ in secrets.keys.proposed { await keepProposals(waits: true) }
                }
                group.addTask {
                    while await pause(Self.period) { await care() }
                }
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
                let outcome = try await place.keep(
                    sealing.seal(proposal.content, named: subject.name), named: subject.name, after: proposal.former,
                    at: clock.now, waits: waits)
                secrets.keys.end(proposal, SharedKeys.Outcome(outcome))
                if outcome == .overtaken { try await keepLost() }
            } catch {
                secrets.keys.end(proposal, .failed(error.description))
                // Whoever asked for a change is told. What time asks for is tried again by the node that leads.
                if storage.leads { zones.noteNotShared(proposal.apex, because: error.description) }
                trouble = error.description
            }
        }
        return trouble
    }

    /// Changes a zone's keys as an operator asks: returns when all nodes that are alive have it.
    func change(_ apex: DomainName, _ change: KeyChange) async throws(KeyChangeRefusal) -> SigningStatus {
        let deadline = ContinuousClock.now.advanced(by: Self.patience)
        // The operator has seen these. A change such as a cancellation means something else for others.
        let seen = zones.use(of: apex)
        repeat {
            guard zones.use(of: apex) == seen else {
                throw .keyFolder(
                    .notShared(apex: apex, reason: "another node has changed them meanwhile: see “nuncio dnssec status”"))
            }
            do {
                return try zones.change(apex, change, now: clock.now)
            } catch .keyFolder(.agreeing(_, let proposal?)) {
                switch await outcome(of: proposal, of: apex, until: deadline) {
                case .kept:
                    guard let status = zones.statuses(now: clock.now).first(where: { $0.apex == apex }) else {
                        throw .noSuchZone
                    }
                    return status
                case .unconfirmed(let reason): throw .keyFolder(.notConfirmed(apex: apex, reason: reason))
                case .failed(let reason): throw .keyFolder(.notShared(apex: apex, reason: reason))
                case nil: throw .keyFolder(.notConfirmed(apex: apex, reason: "the database has not answered in time"))
                case .overtaken: continue
                }
            } catch .keyFolder(.agreeing) {
                // Another one is open: often the time that a stage has waited.
                continue
            } catch {
                throw error
            }
        } while await pause(.milliseconds(20)) && ContinuousClock.now < deadline
        throw .keyFolder(.notShared(apex: apex, reason: "other nodes change them at the same time: try again"))
    }

    /// - Returns: what has become of a proposal; `nil` if that is not known until then.
    private func outcome(
        of proposal: Int, of apex: DomainName, until deadline: ContinuousClock.Instant
    ) async -> SharedKeys.Outcome? {
        repeat {
            if let outcome = secrets.keys.outcome(ofProposal: proposal, of: apex) { return outcome }
        } while await pause(.milliseconds(20)) && ContinuousClock.now < deadline
        return nil
    }

    // MARK: As time goes

    /// Does what is due. Call it about once a minute. What fails is tried again the next time.
    func care() async {
        await attempt { () async throws in try await keepLost() }
        guard storage.leads else { return }
        await attempt { () async throws in try zones.proposeMissing() }
        await attempt { () async throws in try await keepCookies() }
    }

    private func attempt(_ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            logger.warning("what nodes share is not kept", metadata: ["error": "\(error)"])
        }
    }

    /// A failover can lose the last changes. Nodes go on with what they have, so this goes back into the storage. Each node does that: perhaps
    /// no other has what was lost.
    func keepLost() async throws(StorageError) {
        // What is known comes first: what the storage is read to have afterwards cannot be older than that.
        let known = secrets.known
        let stored = try await place.sharedSecrets()
        for (subject, content, sequence) in known {
            let former = stored.first { $0.name == subject.name }?.sequence
            guard former.map({ $0 < sequence }) ?? true else { continue }
            let outcome = try await place.keep(
                sealing.seal(content, named: subject.name), named: subject.name, after: former, at: clock.now, waits: true)
            if outcome != .overtaken {
                logger.critical(
                    "the database had lost a change of what nodes share: it has that of this node now",
                    metadata: ["storage.secret": "\(subject.name)"])
            }
        }
    }

    /// Makes a secret of cookies, if there is none, or takes the next step of its replacement.
    func keepCookies(waits: Bool = true) async throws(StorageError) {
        let known = secrets.cookies
        let now = clock.now
        guard let next = CookieSecrets.due(after: known?.secrets, at: now) else { return }
        let subject = SharedSecrets.Subject.cookies
        // If another node was first, this one hears of it.
        _ = try await place.keep(
            sealing.seal(next.octets, named: subject.name), named: subject.name, after: known?.sequence, at: now, waits: waits)
    }
}

extension SharedKeys.Outcome {
    fileprivate init(_ outcome: SecretOutcome) {
        self =
            switch outcome {
            case .kept: .kept
            case .unconfirmed(let error): .unconfirmed(error.description)
            case .overtaken: .overtaken
            }
    }
}
