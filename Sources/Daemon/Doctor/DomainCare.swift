import DNS
import Delegates
import Doctor
import Logging
import ServiceLifecycle
import Webserver

/// Looks at the domains that were declared, each once a day, and keeps what it finds.
final class DomainCare: Service {
    private let storage: any DelegateStorage
    private let isOn: @Sendable () -> Bool
    private let diagnose: @Sendable (DiagnosisRequest) async -> Diagnosis
    private let clock: SteadyClock
    private let logger: Logger

    /// The time after which a domain is looked at again.
    static let interval = Duration.seconds(86_400)
    /// The number of domains that are looked at in each period, so that looks are spread over the day.
    static let maximumPerPeriod = 30
    private static let period = Duration.seconds(60)
    private static let atOnce = 2

    /// - Parameter isOn: whether declared domains are looked at now.
    init(
        storage: any DelegateStorage, clock: SteadyClock, logger: Logger, isOn: @escaping @Sendable () -> Bool,
        diagnose: @escaping @Sendable (DiagnosisRequest) async -> Diagnosis
    ) {
        self.storage = storage
        self.isOn = isOn
        self.diagnose = diagnose
        self.clock = clock
        self.logger = logger
    }

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: Self.period)
                if self.isOn(), self.storage.leads { await self.lookAtSome() }
            }
        }
    }

    /// Looks at those that have waited longest, some of them at a time.
    func lookAtSome() async {
        let due: [DomainRecord]
        do {
            due = try await storage.domainsDue(
                lookedAtBefore: clock.now.advanced(by: .zero - Self.interval), maximum: Self.maximumPerPeriod)
        } catch {
            logger.debug("domains not looked at", metadata: ["error": "\(error)"])
            return
        }
        await withTaskGroup(of: Void.self) { group in
            for (index, record) in due.enumerated() {
                if index >= Self.atOnce { await group.next() }
                guard !Task.isCancelled else { break }
                group.addTask { await self.look(at: record) }
            }
        }
    }

    private func look(at record: DomainRecord) async {
        let request = DiagnosisRequest(domain: record.domain.name, delegate: record.delegate)
        let diagnosis = await diagnose(request)
        // A look that was called off has seen nothing.
        guard !Task.isCancelled else { return }
        let change = Change.recordCheck(diagnosis.domainCheck, of: record.domain, delegate: record.delegate)
        do {
            try await storage.commit(change, by: Actor(.server, from: nil), at: clock.now)
        } catch is Refusal {
            // The domain or its delegate has gone meanwhile.
        } catch {
            // The same domains come first the next time.
            logger.warning("a look at a domain was not kept", metadata: ["error": "\(error)"])
        }
    }
}
