import Authority
import Glibc
import Nameserver
import Sockets

/// Binds UDP, TCP and TLS on each of the name server's addresses.
struct NameserverBinding {
    let settings: Configuration.Nameserver
    let identity: TLSIdentity?
    let given: GivenSockets
    let parts: ListenerParts

    /// The number of attempts: a port that the system chose for UDP may be taken for TCP, and another is then asked for.
    private static let maximumAttempts = 16

    struct Listeners {
        var udp: [UDPListener] = []
        var tcp: [TCPListener] = []
        var tls: [TLSListener] = []

        /// Closes the sockets of listeners that will not run. Those of UDP and TCP close with their listeners.
        func close() async {
            for listener in tls { await listener.close() }
        }
    }

    func bind() async throws(ListenError) -> Listeners {
        var listeners = Listeners()
        do {
            for endpoint in settings.listen {
                let (udp, tcp) = try bind(endpoint)
                listeners.udp.append(udp)
                listeners.tcp.append(tcp)
            }
            if let identity {
                for endpoint in settings.tls?.listen ?? [] {
                    listeners.tls.append(
                        try await TLSListener.bind(
                            endpoint: endpoint, given: given.take(.tcp, endpoint), identity: identity, parts: parts))
                }
            }
        } catch {
            await listeners.close()
            throw error
        }
        return listeners
    }

    private func bind(_ endpoint: Endpoint) throws(ListenError) -> (UDPListener, TCPListener) {
        var attempt = 1
        while true {
            let udp = try UDPListener(
                endpoint: endpoint, threads: settings.threads, given: given.take(.udp, endpoint), parts: parts)
            do {
                let tcp = try TCPListener(
                    endpoint: udp.endpoint, threads: settings.threads, given: given.take(.tcp, udp.endpoint), parts: parts)
                return (udp, tcp)
            } catch {
                guard endpoint.port == 0, error.errorNumber == EADDRINUSE, attempt < Self.maximumAttempts else { throw error }
                attempt += 1
            }
        }
    }
}
