import DNS
import DelegateAPI
import Delegates
import Doctor
import ServiceLifecycle
import Synchronization
import Webserver

/// Looks at domains for this server: for holders and operators who ask, and by itself.
final class DomainDoctor: Sendable {
    private let configuration: Mutex<Configuration>
    private let view: @Sendable (Configuration, _ isForOperator: Bool) -> ServerView
    private let running = Mutex(0)

    /// The number of looks that clients can have under way at a time; holders have one less, so that operators have a place.
    static let maximumAtOnce = 4

    /// - Parameter view: what this server has.
    init(_ configuration: Configuration, view: @escaping @Sendable (Configuration, Bool) -> ServerView) {
        self.configuration = Mutex(configuration)
        self.view = view
    }

    /// Sets the configuration that is in force from now on.
    func use(_ configuration: Configuration) {
        self.configuration.withLock { $0 = configuration }
    }

    /// Whether domains that were declared are looked at each day.
    var isOn: Bool { configuration.withLock(\.doctor.isOn) }

    /// What a client asks for.
    ///
    /// - Throws: ``Refusal/doctorBusy``.
    func response(to request: DiagnosisRequest) async throws -> DiagnosisResponse {
        let hasPlace = running.withLock { running in
            guard running < (request.isForOperator ? Self.maximumAtOnce : Self.maximumAtOnce - 1) else { return false }
            running += 1
            return true
        }
        guard hasPlace else { throw Refusal.doctorBusy }
        defer { running.withLock { $0 -= 1 } }
        // A stop does not wait for name servers.
        let diagnosis = await cancelWhenGracefulShutdown { await self.diagnosis(of: request) }
        try Task.checkCancellation()
        return diagnosis.response(for: request.domain)
    }

    func diagnosis(of request: DiagnosisRequest) async -> Diagnosis {
        let configuration = configuration.withLock(\.self)
        var examination = Examination(domain: request.domain, means: configuration.doctor.means)
        examination.delegate = request.delegate
        examination.accounts = request.accounts
        examination.isWildcardWanted = request.isWildcardWanted
        examination.server = view(configuration, request.isForOperator)
        return await examination.diagnosis()
    }
}
