import DNS

/// The way from an order to a certificate. Each step is stored before it is taken, so that the next start goes on with it.
struct Issuance: Sendable {
    let client: AuthorityClient
    let settings: KeepingSettings
    let folder: CertificateFolder
    let surroundings: any CertificateSurroundings
    let clock: KeepingClock

    private var accounts: AccountKeeping {
        AccountKeeping(client: client, settings: settings, folder: folder, report: surroundings.report)
    }

    // MARK: An order from before

    /// Goes on with the order that is stored, if it is of use.
    ///
    /// - Parameter certificate: the certificate that is kept.
    /// - Returns: the order's certificate; `nil` if there is no order, or none of use any more.
    func resume(besides certificate: KeptCertificate?) async throws -> KeptCertificate? {
        guard var pending = try folder.order() else { return nil }
        if pending.key == certificate?.key.pem {
            // The process ended after the certificate was kept.
            try await end(pending)
            return nil
        }
        if let reason = obstacle(toResuming: pending) { return try await giveUp(pending, reason) }
        guard let url = settings.directory.sibling(pending.order), let key = SignatureKey(pem: pending.key) else {
            return try await giveUp(pending, "it is damaged")
        }
        let account = try await accounts.account()
        guard account.url.text == pending.account else { return try await giveUp(pending, "it is of another account") }
        let order: Order
        do {
            order = try await client.order(at: url, by: account).order
        } catch {
            guard !error.isTemporary else { throw error }
            return try await giveUp(pending, "\(error)")
        }
        guard order.status != .invalid else { return try await giveUp(pending, "it has become invalid") }
        surroundings.report(.orderResumed(url: pending.order))
        return try await finish(order, &pending, key: key, by: account)
    }

    private func obstacle(toResuming pending: PendingOrder) -> String? {
        if pending.directory != settings.directory.text { return "it is with another authority" }
        if Set(pending.names) != Set(settings.nameTexts) { return "it is for other names" }
        return pending.interruptions >= PendingOrder.maximumInterruptions
            ? "it was interrupted \(pending.interruptions) times" : nil
    }

    // MARK: A new order

    /// Orders a certificate, with a new key.
    ///
    /// - Parameter replaced: the name of the certificate that the new one replaces.
    func order(replacing replaced: String?) async throws -> KeptCertificate {
        var account = try await accounts.account()
        try await checkForObstacles(with: account)
        let request = OrderRequest(names: settings.nameTexts, profile: settings.profile, replaces: replaced)
        let order: Order
        let omissions: [OrderRequest.Omission]
        do {
            (order, omissions) = try await client.order(request, by: account)
        } catch {
            guard AccountKeeping.tellsEnd(error), let replacement = try await accounts.replacement(of: account) else {
                throw error
            }
            account = replacement
            try await checkForObstacles(with: account)
            (order, omissions) = try await client.order(request, by: account)
        }
        for omission in omissions { surroundings.report(.omitted(omission)) }
        guard order.names.isEmpty || order.names == Set(settings.nameTexts) else {
            throw KeepingProblem("the authority made an order for other names than those that it was asked for")
        }
        let key = SignatureKey()
        var pending = PendingOrder(
            directory: settings.directory.text, account: account.url.text, order: order.url.text, names: settings.nameTexts,
            key: key.pem)
        try folder.keep(pending)
        return try await finish(order, &pending, key: key, by: account)
    }

    private func checkForObstacles(with account: Account) async throws {
        let plan = OrderPlan(
            names: settings.names, caaIdentities: client.directory.caaIdentities, account: account.url.text)
        if let obstacle = await surroundings.obstacle(to: plan) { throw KeepingProblem(obstacle, isObstacle: true) }
    }

    // MARK: To its end

    private func finish(
        _ order: Order, _ pending: inout PendingOrder, key: SignatureKey, by account: Account
    ) async throws -> KeptCertificate {
        do {
            let certificate = try await complete(order, &pending, key: key, by: account)
            try folder.keep(certificate)
            try await end(pending)
            return certificate
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            if KeepingProblem(error).endsOrder {
                _ = try await giveUp(pending, "\(error)")
            } else if !Task.isCancelled {
                pending.interruptions += 1
                // The disk may be full, which can be the error that is thrown. The order is gone on with in any case.
                try? folder.keep(pending)
            }
            throw error
        }
    }

    private func complete(
        _ order: Order, _ pending: inout PendingOrder, key: SignatureKey, by account: Account
    ) async throws -> KeptCertificate {
        var order = order
        if order.status == .pending {
            try await checkForObstacles(with: account)
            let validation = Validation(issuance: self, account: account)
            try await validation.validate(order, &pending)
            order = try await validation.poll("the order") {
                let (order, retryAfter) = try await client.order(at: order.url, by: account)
                return (order.status == .pending ? nil : order, retryAfter)
            }
        }
        if order.status == .ready {
            let request = try SigningRequest.octets(for: pending.names, key: key)
            order = try await client.finalize(order, with: request, by: account).order
        }
        if order.status != .valid {
            order = try await Validation(issuance: self, account: account).poll("the certificate") { [order] in
                let (now, retryAfter) = try await client.order(at: order.url, by: account)
                return ([.valid, .invalid].contains(now.status) ? now : nil, retryAfter)
            }
        }
        guard order.status == .valid else {
            throw KeepingProblem(
                "the authority refused the order: \(order.problem.map { "\($0)" } ?? "it gives no reason")", endsOrder: true)
        }
        return try await download(order, key: key, by: account)
    }

    /// The first chain that can be used, the authority's default before its alternates.
    private func download(_ order: Order, key: SignatureKey, by account: Account) async throws -> KeptCertificate {
        let download = try await client.certificate(of: order, by: account)
        var chain = download.chain
        var alternates = download.alternates[...]
        while let fault = chain.leaf.fault(for: settings.nameTexts, key: key, at: clock.now()) {
            guard let url = alternates.popFirst() else {
                throw KeepingProblem("the authority’s certificate cannot be used: \(fault)", endsOrder: true)
            }
            chain = try await client.certificate(at: url, by: account).chain
        }
        return KeptCertificate(chain: chain, key: key, directory: settings.directory)
    }

    private func giveUp(_ pending: PendingOrder, _ problem: String) async throws -> KeptCertificate? {
        surroundings.report(.orderGivenUp(url: pending.order, problem: problem))
        try await end(pending)
        return nil
    }

    /// Takes back what was published, and forgets the order.
    private func end(_ pending: PendingOrder) async throws {
        for value in pending.values {
            do {
                guard let name = try? HostName(value.name) else { continue }
                try await surroundings.withdraw(value.digest, for: name)
            } catch {
                surroundings.report(.valueRemains(name: value.name, problem: "\(error)"))
            }
        }
        try folder.removeOrder()
    }
}
