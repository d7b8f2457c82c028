import ACME
import DNS
import Delegates
import Logging
import Sockets
import Synchronization

/// What the keeping of the server's own certificate does with the server: challenges are published like everybody's.
final class OwnCertificateSurroundings: CertificateSurroundings {
    private let delegates: OwnDelegates
    private let resolvers: [Endpoint]
    /// How long resolvers may have an older answer for a challenge.
    private let propagation: Duration
    private let log: OwnCertificateLog
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        var show: (@Sendable (ServerCertificate) -> Void)?
        var obtained = 0
        var failed = 0
    }

    enum Outcome: String {
        case obtained
        case failed
    }

    init(delegates: OwnDelegates, resolvers: [Endpoint], propagation: Duration, logger: Logger) {
        self.delegates = delegates
        self.resolvers = resolvers
        self.propagation = propagation
        self.logger = logger
        log = OwnCertificateLog(logger: logger)
    }

    /// Shows a new certificate to clients. Without it, new certificates are only kept.
    var show: (@Sendable (ServerCertificate) -> Void)? {
        get { state.withLock(\.show) }
        set { state.withLock { $0.show = newValue } }
    }

    /// The number of attempts since the start, by outcome.
    var attempts: [(outcome: Outcome, count: Int)] {
        state.withLock { [(.obtained, $0.obtained), (.failed, $0.failed)] }
    }

    func publish(_ digest: ChallengeDigest, for name: HostName) async throws {
        guard let value = ChallengeValue(digest.text) else { throw Refusal.invalidChallengeValue }
        try await delegates.enrol()
        try await delegates.publish(value, for: name.domainName)
        // An authority's resolver may have the values of an order before, or that there are none.
        try await Task.sleep(for: propagation)
    }

    /// Takes all values of the name back: one order at a time is open.
    func withdraw(_ digest: ChallengeDigest, for name: HostName) async throws {
        try await delegates.withdraw(for: name.domainName)
    }

    func obstacle(to order: OrderPlan) async -> String? {
        for delegate in delegates.all {
            if let problem = await ChallengeAlias.look(for: delegate, by: resolvers).problem(for: delegate) { return problem }
        }
        let evaluation = CAAEvaluation(identities: order.caaIdentities, account: order.account)
        for name in order.names {
            if let problem = await CAALookUp(resolvers: resolvers).obstacle(for: name.domainName, evaluation) { return problem }
        }
        return nil
    }

    func use(_ certificate: KeptCertificate) async {
        do {
            let usable = try ServerCertificate(pem: Array((certificate.chainPEM + certificate.keyPEM).utf8))
            show?(usable)
        } catch {
            logger.error("new certificate cannot be shown", metadata: ["error": "\(error)"])
        }
    }

    func report(_ event: KeepingEvent) {
        log.log(event)
        switch event {
        case .obtained: state.withLock { $0.obtained += 1 }
        case .failed: state.withLock { $0.failed += 1 }
        case .keptCertificateUnusable, .accountReady, .accountGone, .ordering, .omitted, .orderResumed, .orderGivenUp,
            .valueRemains, .renewalPlanned, .noRenewalInformation, .notStored, .revoked:
            break
        }
    }
}
