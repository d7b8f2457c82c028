import Authority
import Glibc
import Logging
import Nameserver
import Sockets

/// Binds UDP, TCP and TLS on each of the name server's addresses.
struct NameserverBinding {
    let settings: Configuration.Nameserver
    let identity: TLSIdentity?
    let parts: TCPListener.Parts
    let responder: CurrentResponder
    let statistics: QueryStatistics
    let logger: Logger

    /// A port that the system chose for UDP may be taken for TCP: then another is asked for.
    private static let maximumAttempts = 16

    struct Listeners {
        var udp: [UDPListener] = []
        var tcp: [TCPListener] = []
        var tls: [TCPListener] = []

        /// Closes the sockets of listeners that will not be run; those of UDP are closed with their listeners.
        func close() async {
            for listener in tcp + tls { await listener.close() }
        }
    }

    func bind() async throws(ListenError) -> Listeners {
        var listeners = Listeners()
        do {
            for endpoint in settings.listen {
                let (udp, tcp) = try await bind(endpoint)
                listeners.udp.append(udp)
                listeners.tcp.append(tcp)
            }
            if let identity {
                for endpoint in settings.tls?.listen ?? [] {
                    listeners.tls.append(try await TCPListener.bind(endpoint: endpoint, parts: parts, identity: identity))
                }
            }
        } catch {
            await listeners.close()
            throw error
        }
        return listeners
    }

    private func bind(_ endpoint: Endpoint) async throws(ListenError) -> (UDPListener, TCPListener) {
        var attempt = 1
        while true {
            let udp = try UDPListener(
                endpoint: endpoint, threads: settings.threads, responder: responder, clock: parts.clock, tap: parts.tap,
                statistics: statistics, logger: logger)
            do {
                return (udp, try await TCPListener.bind(endpoint: udp.endpoint, parts: parts))
            } catch {
                guard endpoint.port == 0, error.errorNumber == EADDRINUSE, attempt < Self.maximumAttempts else { throw error }
                attempt += 1
            }
        }
    }
}
