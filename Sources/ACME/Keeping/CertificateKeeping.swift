import FoundationEssentials
import ServiceLifecycle
import Synchronization

/// Keeps one certificate valid: it obtains the first one, renews it in time, and stores all that a restart needs.
///
/// A failure never takes a certificate away that can still be used. No start orders a certificate that is not needed.
package final class CertificateKeeping: Service {
    let settings: KeepingSettings
    let folder: CertificateFolder
    let transport: any AuthorityTransport
    let surroundings: any CertificateSurroundings
    let clock: KeepingClock
    let memory: Mutex<Memory>

    struct Memory {
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
    /// - Throws: ``KeepingProblem`` if the folder cannot be used, or a file in it cannot be read. Damaged content is no reason: a damaged
    ///   certificate is reported and ordered again.
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
            // A file that cannot be read now may hold a certificate all the same: each start would order another one.
            guard error.isOfContent else { throw KeepingProblem(error) }
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
        let random = clock.random()
        let (step, planned) = change { memory -> (RenewalState.Step, Date?) in
            if let looked = memory.looked, !memory.isRequested, now < looked.again, now >= looked.at {
                return (.wait(until: looked.again), nil)
            }
            var planned: Date?
            if let leaf = memory.certificate?.chain.leaf, memory.state.plan(for: leaf, at: now, random: random) {
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

    /// Changes what is known, and stores it if it is another state of renewals.
    func change<Outcome: Sendable>(_ body: (inout Memory) -> Outcome) -> Outcome {
        let (outcome, problem) = memory.withLock { memory -> (Outcome, String?) in
            let before = memory.state
            let outcome = body(&memory)
            guard memory.state != before else { return (outcome, nil) }
            do throws(CertificateFolder.Failure) {
                try folder.keep(memory.state)
                return (outcome, nil)
            } catch {
                return (outcome, error.description)
            }
        }
        // Outside of the lock: what is told may ask for the status.
        if let problem { surroundings.report(.notStored(problem: problem)) }
        return outcome
    }
}
