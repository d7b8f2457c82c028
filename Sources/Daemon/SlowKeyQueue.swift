import Delegates
import Dispatch
import Synchronization

/// Checks keys against slow hashes one after the other, on a thread of its own: whoever sends many of them gets one processor to wait
/// for, and neither the DNS nor other requests wait with them.
final class SlowKeyQueue: SlowKeyCheck {
    /// So many wait at most.
    static let maximumWaiting = 64
    /// So many of one network (IPv4 /24, IPv6 /48).
    static let maximumWaitingOfNetwork = 4

    private let queue = DispatchQueue(label: "slow keys", qos: .utility)
    private let waiting = Mutex<[IPNetwork?: Int]>([:])
    private let check: @Sendable (String, BcryptHash) -> Bool

    /// - Parameter check: may take its time.
    init(check: @escaping @Sendable (String, BcryptHash) -> Bool) {
        self.check = check
    }

    /// Those that are checked, and those that wait for it.
    var waitingCount: Int { waiting.withLock { $0.values.reduce(0, +) } }

    func matches(_ key: String, _ hash: BcryptHash, from address: IPAddress?) async throws(Refusal) -> Bool {
        let party = address.map { IPNetwork(partyOf: $0) }
        let isTaken = waiting.withLock { waiting in
            guard waiting.values.reduce(0, +) < Self.maximumWaiting, waiting[party, default: 0] < Self.maximumWaitingOfNetwork
            else { return false }
            waiting[party, default: 0] += 1
            return true
        }
        guard isTaken else { throw .busy }
        defer {
            waiting.withLock { waiting in
                waiting[party, default: 1] -= 1
                if waiting[party] == 0 { waiting[party] = nil }
            }
        }
        return await withCheckedContinuation { continuation in
            queue.async { [check] in continuation.resume(returning: check(key, hash)) }
        }
    }
}
