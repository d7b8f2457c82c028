import Logging
import Sockets
import Webserver

/// The operator's API at its two doors: the Unix socket, which only this process's user can open, and TCP, which needs the operator's
/// token. Each request gets what the configuration says that is in force when it arrives.
struct OperatorRoutes: Sendable {
    let local: Routes
    let remote: Routes

    /// - Parameter api: the public API's first address.
    init(assembly: Assembly, api: Endpoint, reloading: Reloading, actions: OperatorActions, logger: Logger) {
        func routes(isLocal: Bool) -> Routes {
            Routes(number: { reloading.number }, logger: logger) {
                assembly.operatorServices(reloading.configuration, api: api, actions: actions, isLocal: isLocal)
            }
        }
        local = routes(isLocal: true)
        remote = routes(isLocal: false)
    }
}
