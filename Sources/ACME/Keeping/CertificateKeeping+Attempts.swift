import Synchronization

/// What an authority is asked for.
extension CertificateKeeping {
    func attempt(_ reason: RenewalState.Reason) async {
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
            let now = clock.now()
            change { memory in
                // What was asked for meanwhile is done.
                memory.isRequested = false
                if let certificate { memory.certificate = certificate }
                memory.state.succeed(with: certificate?.chain.leaf, at: now)
            }
            guard let certificate else { return }
            surroundings.report(.obtained(names: certificate.chain.leaf.names.sorted(), notAfter: certificate.notAfter))
            await surroundings.use(certificate)
        } catch {
            // A stop is no failure: the next start goes on.
            guard !Task.isCancelled, !(error is CancellationError) else { return }
            let problem = KeepingProblem(error)
            let now = clock.now()
            let next = change { memory in
                memory.isRequested = false
                memory.state.fail(problem, at: now, random: clock.random())
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

    func askWhenToRenew() async {
        guard let kept = memory.withLock(\.certificate), let renewalID = kept.chain.leaf.renewalID else { return }
        do {
            let client = try await AuthorityClient.connect(to: settings.directory, through: transport)
            guard client.offersRenewalInformation else {
                return learnNothing(retryAfter: nil)
            }
            let (information, retryAfter) = try await client.renewalInformation(of: renewalID)
            let now = clock.now()
            let moment = change { memory in
                memory.looked = nil
                return memory.state.learn(
                    information, retryAfter: retryAfter, for: kept.chain.leaf, at: now, random: clock.random())
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
        change { memory in
            memory.state.learnNothing(retryAfter: retryAfter, at: now)
            memory.looked = nil
        }
    }
}
