import DNS
import DNSClient
import Sockets
import Synchronization

/// Whether the zone of the server's own delegates is delegated.
///
/// Until it is, resolvers are not asked for names in it: they would remember that there is nothing, and the certificate would come only
/// after that time.
final class OwnDelegation: Sendable {
    /// The port at which the name servers of the zone above are asked.
    private let parentPort: UInt16
    private let isSeen = Mutex(false)

    init(parentPort: UInt16 = 53) {
        self.parentPort = parentPort
    }

    /// Notes that a resolver has got an answer from the zone. From then on nobody is asked here.
    func noteSeen() { isSeen.withLock { $0 = true } }

    /// Whether the name servers of the zone above know no delegation. If they cannot be asked, it is not known to be missing.
    func isMissing(of zone: DomainName, by resolvers: [Endpoint]) async -> Bool {
        guard !isSeen.withLock(\.self) else { return false }
        return await ParentServers.denial(ofDelegationOf: zone, by: resolvers, port: parentPort) != nil
    }
}
