import Foundation
import Logging
import ServiceLifecycle
import Sockets
import SystemErrors
import Webserver

/// The socket through which the operator's commands reach the running server. Only this process's user can open it.
struct OperatorSocket: Service {
    let path: String
    let routes: Routes
    let logger: Logger

    /// The maximum number of connections at a time; a further one takes the place of an idle one.
    static let maximumConnections = 16
    /// The longest path that the kernel accepts for a socket, in octets, the final zero included.
    private static let maximumPathLength = 108

    func run() async throws {
        if let listener = await bind() {
            do {
                try await listener.serving(routes).run()
            } catch {
                logger.warning(
                    "no operator socket any more",
                    metadata: ["operator.socket": "\(path)", "error": "\(Self.cause(of: error))"])
            }
            try? FileManager.default.removeItem(atPath: path)
        }
        // The server answers without the socket, too: only shutdown ends this service.
        try await gracefulShutdown()
    }

    private func bind() async -> HTTPListener? {
        guard path.utf8.count < Self.maximumPathLength else {
            logger.warning("no operator socket: its path is too long", metadata: ["operator.socket": "\(path)"])
            return nil
        }
        do {
            let listener = try await HTTPListener.bind(
                path: path, connections: Connections(Connections.Limits(count: Self.maximumConnections)),
                timeouts: HTTPTimeouts(), logger: logger)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
            return listener
        } catch {
            logger.warning(
                "no operator socket: it cannot be made",
                metadata: ["operator.socket": "\(path)", "error": "\(Self.cause(of: error))"])
            return nil
        }
    }

    private static func cause(of error: any Error) -> String {
        SocketProblem.known(error) ?? SystemError.text(error)
    }
}
