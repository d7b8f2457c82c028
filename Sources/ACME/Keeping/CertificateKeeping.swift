import FoundationEssentials
import ServiceLifecycle
import Synchronization

/// Keeps one certificate valid: it obtains the first one, renews it in time, and stores all that a restart needs.
///
/// A failure never takes a certificate away that can still be used. No start orders a certificate that is not needed.
package final class CertificateKeeping: Service {
    private let settings: KeepingSettings
    private let folder: CertificateFolder
    private let transport: any AuthorityTransport
    private let surroundings: any CertificateSurroundings
    private let clock: KeepingClock
    private let memory: Mutex<Memory>

    private struct Memory {
        var state: RenewalState
        var certificate: KeptCertificate?
        var hasUnfinishedOrder: Bool
        var isRequested = false
        var isAsking = false
        /// The time of the last look, and the one at which the next one is worth while.
        var looked: (at: Date, again: Date)?
    }

    private static let period = Duration.seconds(1)
    /// The time after which it is looked again in any case, in seconds.
    private static let longestLook: TimeInterval = 3600

    /// Reads what is stored.
    ///
    /// - Parameters:
    ///   - folder: The path of a folder for this certificate alone; it is made if it does not exist.
    ///   - transport: It stays the caller's, which shuts it down when ``run()`` has returned.
    /// - Throws: ``KeepingProblem`` if the folder or the state of renewals cannot be used.
    package init(
        _ settings: KeepingSettings, folder: String, transport: any AuthorityTransport,
        surroundings: any CertificateSurroundings, clock: KeepingClock = .system
    ) throws(KeepingProblem) {
        self.settings = settings
        self.transport = transport
        self.surroundings = surroundings
        self.clock = clock
        do {
            self.folder = try CertificateFolder(at: folder)
            memory = Mutex(Memory(state: try self.folder.state(), hasUnfinishedOrder: try self.folder.order() != nil))
        } catch {
            throw KeepingProblem(error)
        }
        do {
            let certificate = try self.folder.certificate()
            memory.withLock { $0.certificate = certificate }
        } catch {
            surroundings.report(.keptCertificateUnusable(problem: "\(error)"))
        }
    }

    /// The certificate that can be used now for all names; `nil` if there is none. After the start, new ones come by
    /// ``CertificateSurroundings/use(_:)``.
    package var certificate: KeptCertificate? {
        let now = clock.now()
        return memory.withLock { memory in memory.certificate.flatMap { usabilityFault(of: $0, at: now) == nil ? $0 : nil } }
    }

    package var status: KeepingStatus {
        let now = clock.now()
        return memory.withLock { memory in
            let situation = situation(memory)
            let isUsable = memory.certificate.map { usabilityFault(of: $0, at: now) == nil } ?? false
            return KeepingStatus(
                names: settings.nameTexts,
                state: isUsable ? .valid : memory.state.lastProblem == nil ? .pending : .failed,
                notAfter: memory.certificate?.notAfter,
                nextAttempt: memory.isAsking ? nil : memory.state.nextAttempt(in: situation, at: now),
                lastProblem: memory.state.lastProblem)
        }
    }

    // MARK: What goes on by itself

    package func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                await self.step()
                try await Task.sleep(for: Self.period)
            }
        }
    }

    /// Does what is due now: at most one attempt.
    package func step() async {
        let now = clock.now()
        let (step, planned) = memory.withLock { memory -> (RenewalState.Step, Date?) in
            if let looked = memory.looked, !memory.isRequested, now < looked.again, now >= looked.at {
                return (.wait(until: looked.again), nil)
            }
            var planned: Date?
            if let leaf = memory.certificate?.chain.leaf, memory.state.plan(for: leaf, at: now, random: clock.random()) {
                store(memory.state)
                planned = memory.state.nextAttempt(in: situation(memory), at: now)
            }
            if memory.isRequested {
                memory.isRequested = false
                return (.order(.requested), planned)
            }
            let step = memory.state.step(in: situation(memory), at: now)
            if case .wait(let moment) = step {
                memory.looked = (now, min(moment, now.addingTimeInterval(Self.longestLook)))
            } else {
                memory.looked = nil
            }
            return (step, planned)
        }
        if let planned { surroundings.report(.renewalPlanned(moment: planned, explanation: nil)) }
        switch step {
        case .wait: return
        case .askAuthority: await askWhenToRenew()
        case .order(let reason): await attempt(reason)
        }
    }

    private func attempt(_ reason: RenewalState.Reason) async {
        memory.withLock { $0.isAsking = true }
        defer {
            memory.withLock { memory in
                memory.isAsking = false
                // An order that cannot be read is looked at again by the next attempt.
                memory.hasUnfinishedOrder = ((try? folder.order()) ?? nil) != nil
                memory.looked = nil
            }
        }
        do {
            let certificate = try await obtain(reason)
            memory.withLock { memory in
                if let certificate { memory.certificate = certificate }
                memory.state.succeed()
                store(memory.state)
            }
            guard let certificate else { return }
            surroundings.report(.obtained(names: certificate.chain.leaf.names.sorted(), notAfter: certificate.notAfter))
            await surroundings.use(certificate)
        } catch {
            // A stop is no failure: the next start goes on.
            guard !Task.isCancelled, !(error is CancellationError) else { return }
            let problem = KeepingProblem(error)
            let now = clock.now()
            let next = memory.withLock { memory in
                memory.state.fail(problem, at: now, random: clock.random())
                store(memory.state)
                return memory.state.backOff.end(at: now) ?? now
            }
            surroundings.report(.failed(problem: problem.description, nextAttempt: next))
        }
    }

    /// - Returns: `nil` if only an unfinished order was in question, and it has come to nothing.
    private func obtain(_ reason: RenewalState.Reason) async throws -> KeptCertificate? {
        let kept = memory.withLock(\.certificate)
        let client = try await AuthorityClient.connect(to: settings.directory, through: transport)
        let issuance = Issuance(
            client: client, settings: settings, folder: folder, surroundings: surroundings, clock: clock)
        if let certificate = try await issuance.resume(besides: kept) { return certificate }
        guard reason != .unfinished else { return nil }
        surroundings.report(.ordering(names: settings.nameTexts, reason: reason))
        let isOfThisAuthority = kept?.directory == settings.directory && client.offersRenewalInformation
        return try await issuance.order(replacing: isOfThisAuthority ? kept?.chain.leaf.renewalID : nil)
    }

    private func askWhenToRenew() async {
        guard let kept = memory.withLock(\.certificate), let renewalID = kept.chain.leaf.renewalID else { return }
        do {
            let client = try await AuthorityClient.connect(to: settings.directory, through: transport)
            guard client.offersRenewalInformation else {
                return learnNothing(retryAfter: nil)
            }
            let (information, retryAfter) = try await client.renewalInformation(of: renewalID)
            let now = clock.now()
            let moment = memory.withLock { memory in
                let moment = memory.state.learn(
                    information, retryAfter: retryAfter, for: kept.chain.leaf, at: now, random: clock.random())
                store(memory.state)
                memory.looked = nil
                return moment
            }
            if let moment { surroundings.report(.renewalPlanned(moment: moment, explanation: information.explanation)) }
        } catch {
            guard !Task.isCancelled else { return }
            learnNothing(retryAfter: error.retryAfter)
            surroundings.report(.noRenewalInformation(problem: "\(error)"))
        }
    }

    private func learnNothing(retryAfter: RetryAfter?) {
        let now = clock.now()
        memory.withLock { memory in
            memory.state.learnNothing(retryAfter: retryAfter, at: now)
            store(memory.state)
            memory.looked = nil
        }
    }

    private func situation(_ memory: borrowing Memory) -> RenewalState.Situation {
        RenewalState.Situation(
            certificate: memory.certificate?.chain.leaf, fault: memory.certificate.flatMap { fault(of: $0) },
            hasUnfinishedOrder: memory.hasUnfinishedOrder)
    }

    /// Why another certificate is needed, whatever the time of renewal.
    private func fault(of certificate: KeptCertificate) -> RenewalState.Reason? {
        if let fault = usabilityFault(of: certificate, at: clock.now()) { return .unusable(fault) }
        return certificate.directory == settings.directory ? nil : .otherAuthority
    }

    private func usabilityFault(of certificate: KeptCertificate, at now: Date) -> LeafCertificate.Fault? {
        certificate.chain.leaf.fault(for: settings.nameTexts, key: certificate.key, at: now)
    }

    private func store(_ state: RenewalState) {
        do {
            try folder.keep(state)
        } catch {
            surroundings.report(.notStored(problem: "\(error)"))
        }
    }

    // MARK: What operators ask for

    /// Lets a new certificate be obtained within a second, whatever the time of renewal and failures before.
    package func renewNow() { memory.withLock { $0.isRequested = true } }

    /// Revokes the certificate that is kept, by its account, or by its own key if the account has ended. A new one is ordered at once, as
    /// if ``renewNow()`` were called.
    package func revoke(_ reason: RevocationReason) async throws(KeepingProblem) {
        guard let kept = memory.withLock(\.certificate) else { throw KeepingProblem("there is no certificate") }
        do {
            let client = try await AuthorityClient.connect(to: kept.directory, through: transport)
            let stored = try? folder.account(of: kept.directory)
            if let stored, let key = SignatureKey(pem: stored.key), let url = kept.directory.sibling(stored.url) {
                do throws(AuthorityFailure) {
                    try await client.revoke(kept.chain.leaf.der, reason, by: .account(Account(url: url, key: key)))
                } catch {
                    guard AccountKeeping.tellsEnd(error) else { throw error }
                    try await client.revoke(kept.chain.leaf.der, reason, by: .certificate(kept.key))
                }
            } else {
                try await client.revoke(kept.chain.leaf.der, reason, by: .certificate(kept.key))
            }
        } catch {
            throw KeepingProblem(error)
        }
        memory.withLock { memory in
            memory.state.revoke(kept.chain.leaf)
            store(memory.state)
            memory.isRequested = true
        }
        surroundings.report(.revoked(notAfter: kept.notAfter))
    }
}
