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
        /// Names whose addresses could not be found.
        var hopeless: Set<DomainName> = []
        var remainingQueries: Int
        var queriesOfHost: [Endpoint.Host: Int] = [:]
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

    func isHopeless(_ name: DomainName) -> Bool { state.withLock { $0.hopeless.contains(name) } }

    func noteHopeless(_ name: DomainName) {
        state.withLock { _ = $0.hopeless.insert(name) }
    }

    /// - Returns: false if there have been as many queries as there may be, in all or to this address.
    func takeQuery(to host: Endpoint.Host, maximum: Int) -> Bool {
        state.withLock { state in
            let count = state.queriesOfHost[host, default: 0]
            guard state.remainingQueries > 0, count < maximum else { return false }
            state.remainingQueries -= 1
            state.queriesOfHost[host] = count + 1
            return true
        }
    }
}
