import DNS
import Sockets
import Synchronization

/// What descents have found, for as long as one of them is needed; and how much they may still ask.
final class DescentMemory: Sendable {
    private let state: Mutex<State>

    private struct State {
        var places: [DomainName: Place] = [:]
        var addresses: [DomainName: [Endpoint.Host]] = [:]
        /// Those that have not answered, and are asked last.
        var silentHosts: Set<Endpoint.Host> = []
        var remainingQueries: Int
    }

    init(queries: Int) {
        state = Mutex(State(remainingQueries: queries))
    }

    func place(of name: DomainName) -> Place? { state.withLock { $0.places[name] } }

    func note(_ place: Place, of name: DomainName) {
        state.withLock { $0.places[name] = place }
    }

    func addresses(of name: DomainName) -> [Endpoint.Host]? { state.withLock { $0.addresses[name] } }

    func note(_ addresses: [Endpoint.Host], of name: DomainName) {
        state.withLock { $0.addresses[name] = addresses }
    }

    var silentHosts: Set<Endpoint.Host> { state.withLock(\.silentHosts) }

    func noteSilence(of host: Endpoint.Host) {
        state.withLock { _ = $0.silentHosts.insert(host) }
    }

    /// - Returns: false if there have been as many queries as there may be.
    func takeQuery() -> Bool {
        state.withLock { state in
            guard state.remainingQueries > 0 else { return false }
            state.remainingQueries -= 1
            return true
        }
    }
}
