import ACME
import DNS
import DelegateAPI
import Delegates
import Doctor
import Foundation
import Logging
import PrometheusMetrics
import ServiceLifecycle
import Sockets

/// The certificate that the server obtains for itself, and shows at its doors.
final class OwnCertificate: Service {
    let provisional: ServerCertificate
    private let delegates: OwnDelegates
    private let transport: HTTPTransport
    private let surroundings: OwnCertificateSurroundings
    private let keeping: CertificateKeeping
    private let now: @Sendable () -> Date
    private let logger: Logger

    /// The interval between tries to enrol the delegates while the storage has a problem.
    private static let enrolmentPeriod = Duration.seconds(5)
    /// The interval between looks whether an attempt has ended that the operator asked for, and their number: 4 minutes.
    private static let lookPeriod = Duration.milliseconds(100)
    private static let maximumLooks = 2400

    /// Reads what is kept in the certificate's folder. Nobody is asked, and nothing is ordered, before ``run()``.
    ///
    /// - Parameters:
    ///   - elsewhere: the delegates whose record is in a zone elsewhere.
    ///   - propagation: how long resolvers may have an older answer for a challenge.
    ///   - version: the program's, for the authority's log.
    ///   - now: the time by the system's clock, by which certificates are judged.
    /// - Throws: ``CertificateFiles/Failure`` if the folder, the roots or the key of the external account cannot be used.
    init(
        _ settings: Configuration.ObtainedCertificate, delegates: OwnDelegates, elsewhere: Set<OwnDelegate>,
        resolvers: [Endpoint], propagation: Duration, version: String, now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) async throws(CertificateFiles.Failure) {
        self.delegates = delegates
        self.logger = logger
        let date: @Sendable () -> Date = { Date(timeIntervalSince1970: Double(now().secondsSinceEpoch)) }
        self.now = date
        surroundings = OwnCertificateSurroundings(
            delegates: delegates, elsewhere: elsewhere, resolvers: resolvers, propagation: propagation, logger: logger)
        let keepingSettings: KeepingSettings
        do {
            let names = settings.delegates.map(\.host.withoutFinalDot)
            let selfSigned = try SelfSignedCertificate(names: names, at: date())
            provisional = try ServerCertificate(pem: Array((selfSigned.chainPEM + selfSigned.keyPEM).utf8))
            keepingSettings = try KeepingSettings(settings)
            transport = try HTTPTransport(roots: settings.directoryRoots, userAgent: "nuncio/\(version)")
        } catch {
            throw Self.failure(error)
        }
        do {
            let system = KeepingClock.system
            keeping = try CertificateKeeping(
                keepingSettings, folder: settings.folder, transport: transport, surroundings: surroundings,
                clock: KeepingClock(now: date, sleep: system.sleep, random: system.random))
        } catch {
            await transport.shutdown()
            throw Self.failure(error)
        }
        surroundings.noteKept(until: keeping.certificate?.notAfter)
    }

    private static func failure(_ error: any Error) -> CertificateFiles.Failure {
        CertificateFiles.Failure(description: "the server’s own certificate: \(error)")
    }

    /// What doors show at first: the certificate that is kept, or one that nobody vouches for.
    var initial: ServerCertificate {
        keeping.certificate.flatMap { try? ServerCertificate(pem: Array(($0.chainPEM + $0.keyPEM).utf8)) } ?? provisional
    }

    /// Sets what shows new certificates to clients.
    func show(at doors: DoorCertificates) { surroundings.show = { doors.show($0) } }

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while await !self.enrol() { try await Task.sleep(for: Self.enrolmentPeriod) }
            await self.tellMissingRecords()
            try await self.keeping.run()
        }
        surroundings.noteStop()
        await transport.shutdown()
    }

    /// Frees what a server holds that will not run.
    func close() async { await transport.shutdown() }

    /// - Returns: whether all delegates are enrolled, or cannot be, whatever is tried.
    private func enrol() async -> Bool {
        do {
            try await delegates.enrol()
        } catch let refusal as Refusal {
            logger.error(
                "no delegate for the server's certificate", metadata: ["error": "\(refusal.explanation.text ?? "")"])
        } catch {
            return false
        }
        return true
    }

    private func tellMissingRecords() async {
        for delegate in delegates.all {
            guard let problem = await surroundings.obstacle(of: delegate) else { continue }
            logger.warning("the server's certificate needs a record", metadata: ["problem": "\(problem)"])
        }
    }

    /// What the API waits for, in words; `nil` once there is a certificate that can be shown.
    @Sendable
    func pendingReason() -> String? { surroundings.pendingReason(at: now()) }

    /// Why there is no certificate, or why the last renewal failed; `nil` if all is well.
    var trouble: String? {
        let status = keeping.status
        return status.lastProblem ?? (status.state == .valid ? nil : "there is no certificate yet")
    }

    /// Whether clients can use the API.
    var isValid: Bool { keeping.status.state == .valid }

    func write(to exposition: inout Exposition) {
        exposition.write(
            .counter, "nuncio_certificate_attempts_total", "Attempts to obtain a certificate for the server itself.",
            surroundings.attempts.map { ([("outcome", $0.outcome.rawValue)], Double($0.count)) })
        if let next = keeping.status.nextAttempt {
            exposition.write(
                .gauge, "nuncio_certificate_next_attempt_timestamp_seconds",
                "When the server next tries to obtain a certificate for itself.", next.timeIntervalSince1970.rounded())
        }
    }
}

// MARK: What the operator asks for

extension OwnCertificate {
    /// The certificate as the doctor judges it.
    var view: CertificateView {
        let status = keeping.status
        return CertificateView(
            names: status.names, notAfter: status.notAfter.map { Int64($0.timeIntervalSince1970) }, problem: status.lastProblem)
    }

    func response() async -> CertificateResponse {
        var aliases: [ChallengeAlias] = []
        for delegate in delegates.all { aliases.append(await surroundings.alias(of: delegate)) }
        return CertificateResponse(keeping.status, delegates: delegates.all, aliases: aliases)
    }

    /// Tries to obtain a certificate now, and returns when that has succeeded or failed, after 4 minutes at most, or at a stop.
    func renew() async -> CertificateResponse {
        let before = attemptCount
        keeping.renewNow()
        return await responseAfterAttempt(since: before)
    }

    private var attemptCount: Int { surroundings.attempts.reduce(0) { $0 + $1.count } }

    private func responseAfterAttempt(since before: Int) async -> CertificateResponse {
        for _ in 0..<Self.maximumLooks where attemptCount == before && !surroundings.isStopped {
            guard (try? await Task.sleep(for: Self.lookPeriod)) != nil else { break }
        }
        return await response()
    }

    /// Revokes the certificate, and obtains another one.
    func revoke() async throws(Refusal) -> CertificateResponse {
        let before = attemptCount
        do {
            // It lets another one be obtained.
            try await keeping.revoke(.keyCompromise)
        } catch {
            throw .certificateNotRevoked("\(error)")
        }
        return await responseAfterAttempt(since: before)
    }
}
