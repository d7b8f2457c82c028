package import Logging
import ServiceLifecycle

/// Tells the service manager that the server is ready and lives, and when it stops. The last service of its group: the others have
/// started before it, and it is the first to stop.
package struct SignsOfLife: Service {
    private let supervisor: Supervisor
    private let doors: OwnDoors
    private let status: String
    private let logger: Logger

    /// The time after which a server that did not answer itself is looked at again.
    private static let shortPause = Duration.seconds(1)
    /// The maximum time that one look takes.
    private static let maximumLookTime = Duration.seconds(2)

    /// - Parameter status: what the service manager shows of a server that is well.
    package init(supervisor: Supervisor, doors: OwnDoors, status: String, logger: Logger) {
        self.supervisor = supervisor
        self.doors = doors
        self.status = status
        self.logger = logger
    }

    package func run() async throws {
        await supervisor.tell(.ready, .status(status))
        if let time = supervisor.watchdogTime {
            try? await cancelWhenGracefulShutdown { try await watch(every: time / 2) }
        } else {
            try? await gracefulShutdown()
        }
        await supervisor.tell(.stopping, .status("finishes the requests that it has begun"))
    }

    /// Gives a sign of life whenever the server has answered itself. A look that fails is repeated soon: one lost datagram must not end
    /// the server.
    private func watch(every interval: Duration) async throws {
        let clock = SuspendingClock()
        var round = 0
        var isWell = true
        while true {
            let began = clock.now
            let wasWell = isWell
            do throws(OwnDoors.Trouble) {
                try await doors.look(round: round, within: min(Self.maximumLookTime, interval))
                isWell = true
            } catch {
                // A look that shutdown has cancelled says nothing of the server.
                guard !Task.isCancelled else { return }
                isWell = false
                if wasWell { await report(error) }
            }
            if isWell, wasWell { await supervisor.tell(.alive) }
            if isWell, !wasWell {
                logger.notice("the server answers itself again")
                await supervisor.tell(.alive, .status(status))
            }
            round &+= 1
            try await clock.sleep(until: began.advanced(by: isWell ? interval : min(Self.shortPause, interval / 4)))
        }
    }

    private func report(_ trouble: OwnDoors.Trouble) async {
        logger.error("the server does not answer itself", metadata: ["problem": "\(trouble)"])
        await supervisor.tell(.status("does not answer itself: \(trouble)"))
    }
}
