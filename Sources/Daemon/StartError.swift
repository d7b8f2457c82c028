package import Delegates
import Glibc
package import Sockets
import SystemErrors

/// Why the server does not start or continue, in words for the operator: what, where, and what to do.
package enum StartError: Error, Sendable, CustomStringConvertible {
    case storage(StorageError)
    /// The state folder cannot be used.
    case state(StorageError)
    case listen(ListenError)
    /// Sockets that a service manager has bound cannot be used.
    case givenSockets(GivenSocketError)
    /// A door's certificate or key cannot be used; the reason in words.
    case certificate(String)
    /// The keys that sign the zones cannot be used; the reason in words.
    case keys(String)

    package var description: String {
        switch self {
        case .storage(let error), .state(let error): error.description
        case .listen(let error): error.advice
        case .givenSockets(let error): error.description
        case .certificate(let reason), .keys(let reason): reason
        }
    }
}

extension ListenError {
    /// The obstacle, and what to do.
    fileprivate var advice: String {
        let what = "cannot listen on \(endpoint) (\(transport)): "
        switch errorNumber {
        case EADDRINUSE:
            let holder = PortHolder.find(port: endpoint.port, transport: transport)
            if let holder, holder.identifier == Int(getpid()) { return what + "this server already listens there." }
            let who = holder.map { "\($0.name) (process \($0.identifier)) has it" } ?? "another process has it"
            return what + who + ". "
                + (isTakenByStubResolver(holder) ? stubResolverAdvice : "Stop that, or choose another address.")
        case EACCES, EPERM:
            return what + "ports below 1024 need the capability CAP_NET_BIND_SERVICE. Start it with systemd and "
                + "“AmbientCapabilities=CAP_NET_BIND_SERVICE”, or give it to the program once with "
                + "“sudo setcap cap_net_bind_service=+ep $(command -v nuncio)”."
        case EADDRNOTAVAIL:
            return what + "that is not an address of this machine. “ip -brief address” lists those that are."
        case EAFNOSUPPORT:
            return what + "this machine has no \(endpoint.description.hasPrefix("[") ? "IPv6" : "IPv4")."
        default:
            return what + SystemError.text(errorNumber) + "."
        }
    }

    private func isTakenByStubResolver(_ holder: PortHolder.Process?) -> Bool {
        // The kernel cuts process names off at 15 characters.
        holder?.name.hasPrefix("systemd-resolve") == true
    }

    private var stubResolverAdvice: String {
        "It listens on 127.0.0.53 and 127.0.0.54 only: name the machine’s own addresses in “nameserver.listen” instead of "
            + "\(endpoint.isAnyAddress ? "all of them" : "that one"), or switch it off with “DNSStubListener=no” in "
            + "/etc/systemd/resolved.conf."
    }
}
