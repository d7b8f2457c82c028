import ACME
import CAA
import DNS
import Delegates
import Foundation
import Logging
import Sockets
import Synchronization

/// What the keeping of the server's own certificate does with the server: challenges are published like everybody's.
final class OwnCertificateSurroundings: CertificateSurroundings {
    private let delegates: OwnDelegates
    private let resolvers: [Endpoint]
    private let delegation = OwnDelegation()
    /// The delegates whose record is in a zone elsewhere.
    private let elsewhere: Set<OwnDelegate>
    /// How long resolvers may have an older answer for a challenge.
    private let propagation: Duration
    private let log: OwnCertificateLog
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        var show: (@Sendable (ServerCertificate) -> Void)?
        var obtained = 0
        var failed = 0
        /// Until when the certificate that is shown is valid; `nil` if there is none.
        var validUntil: Date?
        /// Why the last attempt failed; `nil` if it did not.
        var problem: String?
        var isStopped = false
    }

    enum Outcome: String {
        case obtained
        case failed
    }

    init(
        delegates: OwnDelegates, elsewhere: Set<OwnDelegate>, resolvers: [Endpoint], propagation: Duration, logger: Logger
    ) {
        self.elsewhere = elsewhere
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

    /// Notes until when a certificate is valid that was kept before.
    func noteKept(until end: Date?) { state.withLock { $0.validUntil = end } }

    /// Notes that no attempt follows.
    func noteStop() { state.withLock { $0.isStopped = true } }

    var isStopped: Bool { state.withLock(\.isStopped) }

    /// What requests to the API wait for, in words; `nil` if there is a valid certificate. It waits for no disk: event loops ask.
    func pendingReason(at now: Date) -> String? {
        let (end, problem) = state.withLock { ($0.validUntil, $0.problem) }
        if let end, now < end { return nil }
        return "this server has no certificate of its own yet" + (problem.map { ": \($0)" } ?? "")
    }

    /// Why resolvers cannot find a challenge, in words; `nil` if nothing is known to be in the way.
    func obstacle(of delegate: OwnDelegate) async -> String? {
        await alias(of: delegate).problem(for: delegate, isHere: !elsewhere.contains(delegate))
    }

    /// What resolvers see of the record for a delegate.
    func alias(of delegate: OwnDelegate) async -> ChallengeAlias {
        await ChallengeAlias.look(for: delegate, by: resolvers, delegation)
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
        do {
            try await delegates.enrol()
        } catch let refusal as Refusal {
            return "no delegate can be enrolled for it: \(refusal.explanation.text ?? refusal.explanation.code)"
        } catch {
            return "the storage has a problem: \(error)"
        }
        for delegate in delegates.all {
            if let problem = await obstacle(of: delegate) { return problem }
        }
        // Whether this authority honours RFC 8657 does not matter: what it allows if it does, it allows in any case.
        let evaluation = CAAEvaluation(
            authority: IssuingAuthority(identities: order.caaIdentities, honoursRFC8657: .unknown),
            account: .uri(order.account))
        for name in order.names {
            if let problem = await CAALookUp(resolvers: resolvers).obstacle(for: name.domainName, evaluation) { return problem }
        }
        return nil
    }

    func use(_ certificate: KeptCertificate) async {
        do {
            let usable = try ServerCertificate(pem: Array((certificate.chainPEM + certificate.keyPEM).utf8))
            show?(usable)
            state.withLock {
                $0.validUntil = certificate.notAfter
                $0.problem = nil
                $0.obtained += 1
            }
        } catch {
            logger.error("new certificate cannot be shown", metadata: ["error": "\(error)"])
        }
    }

    func report(_ event: KeepingEvent) {
        log.log(event)
        switch event {
        case .failed(let problem, _):
            state.withLock {
                $0.failed += 1
                $0.problem = problem
            }
        // An obtained one counts when it is shown.
        case .obtained, .keptCertificateUnusable, .accountReady, .accountGone, .ordering, .omitted, .orderResumed,
            .orderGivenUp,
            .valueRemains, .renewalPlanned, .noRenewalInformation, .notStored, .revoked:
            break
        }
    }
}
