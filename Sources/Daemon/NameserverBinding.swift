import Authority
import Delegates
import Glibc
import Logging
import Nameserver
import Sockets

/// Binds UDP and TCP on each of the name server's addresses.
struct NameserverBinding {
    let settings: Configuration.Nameserver
    let maximumConnections: Int
    let responder: Responder
    let clock: SteadyClock
    let logger: Logger

    /// A port that the system chose for UDP may be taken for TCP: then another is asked for.
    private static let maximumAttempts = 16

    func bind() async throws(ListenError) -> (udp: [UDPListener], tcp: [TCPListener]) {
        let connections = Connections(maximumCount: maximumConnections)
        var udp: [UDPListener] = []
        var tcp: [TCPListener] = []
        for endpoint in settings.listen {
            do {
                let (udpListener, tcpListener) = try await bind(endpoint, connections: connections)
                udp.append(udpListener)
                tcp.append(tcpListener)
            } catch {
                for listener in tcp { await listener.close() }
                throw error
            }
        }
        return (udp, tcp)
    }

    private func bind(_ endpoint: Endpoint, connections: Connections) async throws(ListenError) -> (UDPListener, TCPListener) {
        var attempt = 1
        while true {
            let udp = try UDPListener(
                endpoint: endpoint, threads: settings.threads, responder: responder, clock: clock, logger: logger)
            do {
                let tcp = try await TCPListener.bind(
                    endpoint: udp.endpoint, responder: responder, clock: clock, connections: connections,
                    timeout: settings.connectionTimeout)
                return (udp, tcp)
            } catch {
                guard endpoint.port == 0, error.errorNumber == EADDRINUSE, attempt < Self.maximumAttempts else { throw error }
                attempt += 1
            }
        }
    }
}
