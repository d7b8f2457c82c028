import Glibc
import Logging

/// The number of TCP connections that each door may have, so that the process never runs out of descriptors: it could not accept
/// connections any more, and SQLite could not open its files.
struct ConnectionBudget: Hashable {
    var nameserver: Int
    var webserver: Int

    /// The API's connections, all addresses together.
    static let webserverDefault = 1000
    /// The number of descriptors that are kept for the storage, listening sockets, event loops and logs, and for looks at domains.
    static let reserve = 128 + 6 * 48

    /// Raises the limit on descriptors as far as this process may, and shares the descriptors out.
    ///
    /// - Parameter wanted: the name server's connections as configured.
    static func claim(nameserver wanted: Int, logger: Logger) -> ConnectionBudget {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return share(descriptors: 1024, nameserver: wanted)
        }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        _ = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let descriptors = Int(clamping: limit.rlim_cur)
        let budget = share(descriptors: descriptors, nameserver: wanted)
        if budget.nameserver < wanted || budget.webserver < webserverDefault {
            logger.warning(
                "too few descriptors for all connections: fewer are taken, raise the limit (LimitNOFILE= of systemd)",
                metadata: [
                    "process.descriptors": "\(descriptors)", "dns.tcp.connections": "\(budget.nameserver)",
                    "http.connections": "\(budget.webserver)",
                ])
        }
        return budget
    }

    /// All that is wanted if the descriptors allow it; otherwise a part of it, in proportion.
    static func share(descriptors: Int, nameserver wanted: Int) -> ConnectionBudget {
        let available = max(2, descriptors - reserve)
        let all = wanted + webserverDefault
        guard all > available else { return ConnectionBudget(nameserver: wanted, webserver: webserverDefault) }
        let nameserver = max(1, min(available - 1, wanted * available / all))
        return ConnectionBudget(nameserver: nameserver, webserver: available - nameserver)
    }
}
