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
    private let places = DiagnosisPlaces()

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
        guard places.take(for: request) else { throw Refusal.doctorBusy }
        defer { places.giveBack(for: request) }
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
