import DNS
import Synchronization
import Webserver

/// How many looks clients can have under way at a time: 4, of which holders can have 3, so that operators have a place, and each delegate 1.
final class DiagnosisPlaces: Sendable {
    private struct Taken {
        var count = 0
        /// The delegates for which holders look.
        var delegates: Set<DomainName> = []
    }

    static let maximum = 4
    private let taken = Mutex(Taken())

    /// - Returns: `false` if there is no place.
    func take(for request: DiagnosisRequest) -> Bool {
        taken.withLock { taken in
            guard taken.count < (request.isForOperator ? Self.maximum : Self.maximum - 1) else { return false }
            if !request.isForOperator, let delegate = request.delegate {
                guard taken.delegates.insert(delegate).inserted else { return false }
            }
            taken.count += 1
            return true
        }
    }

    /// Gives back what ``take(for:)`` took.
    func giveBack(for request: DiagnosisRequest) {
        taken.withLock { taken in
            taken.count -= 1
            if !request.isForOperator, let delegate = request.delegate { taken.delegates.remove(delegate) }
        }
    }
}
