import Logging
import Sockets
import Webserver

/// The operator's API at its two doors: the Unix socket, which only this process's user can open, and TCP, which needs the operator's
/// token.
struct OperatorRoutes: Sendable {
    let local: Routes
    let remote: Routes
    private let actions: OperatorActions

    /// - Parameter api: the public API's first address.
    init(_ configuration: Configuration, assembly: Assembly, api: Endpoint, actions: OperatorActions, logger: Logger) {
        self.actions = actions
        local = Routes(assembly.operatorServices(configuration, api: api, actions: actions, isLocal: true), logger: logger)
        remote = Routes(assembly.operatorServices(configuration, api: api, actions: actions, isLocal: false), logger: logger)
    }

    /// Sets what holds for requests from now on.
    func replace(by configuration: Configuration, assembly: Assembly, api: Endpoint) {
        local.replace(by: assembly.operatorServices(configuration, api: api, actions: actions, isLocal: true))
        remote.replace(by: assembly.operatorServices(configuration, api: api, actions: actions, isLocal: false))
    }
}
