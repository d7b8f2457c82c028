import Glibc
import Logging
import ServiceLifecycle
package import Sockets
import SystemErrors

/// Answers over TCP (RFC 7766) on one address: several threads with a listening socket each, among which the kernel spreads the
/// connections.
package final class TCPListener: Service {
    private let sockets: ListeningSockets
    private let parts: ListenerParts

    /// The number of connections that may wait at each socket to be accepted; the kernel's bound (`net.core.somaxconn`) applies, too.
    private static let maximumWaiting: CInt = 1024

    /// Binds the sockets; connections wait until ``run()`` runs.
    ///
    /// - Parameter given: the socket that a service manager has bound to the endpoint; `nil` if there is none.
    /// - Throws: ``ListenError``.
    package init(endpoint: Endpoint, threads: Int, given: CInt? = nil, parts: ListenerParts) throws(ListenError) {
        self.parts = parts
        sockets = try ListeningSockets(.tcp, endpoint: endpoint, count: threads, given: given)
        try sockets.listen(maximumWaiting: Self.maximumWaiting)
    }

    /// With the port that was bound.
    package var endpoint: Endpoint { sockets.endpoint }

    /// Returns when shutdown has begun and the connections are closed.
    package func run() async throws {
        try await sockets.run { [parts, sockets] socket in
            do throws(TCPLoop.Failure) {
                let loop = try TCPLoop(listener: socket, wakeDescriptor: sockets.wakeDescriptor, parts: parts)
                loop.run()
                // Clients that come now are refused; to a given socket, they come for the next process.
                if !sockets.isGiven { shutdown(socket, CInt(SHUT_RDWR)) }
                loop.endAll()
            } catch {
                parts.logger.critical(
                    "one of the threads no longer answers TCP",
                    metadata: ["listener": "\(sockets.endpoint)", "error": "\(SystemError.text(error.errorNumber))"])
                // The other threads get its clients.
                guard !sockets.isGiven else { return }
                shutdown(socket, CInt(SHUT_RDWR))
            }
        }
    }
}
