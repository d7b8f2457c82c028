import Delegates
import Dispatch
import Synchronization

/// Checks keys against slow hashes one after the other, on a thread of its own: whoever sends many of them gets one processor to wait
/// for, and neither the DNS nor other requests wait with them. Nobody fills the queue alone: neither from one network, nor with one
/// account from many.
final class SlowKeyQueue: SlowKeyCheck {
    /// So many wait at most.
    static let maximumWaiting = 64
    /// So many of one network (IPv4 /24, IPv6 /48): half a second of work is in front of the last of them.
    static let maximumWaitingOfNetwork = 8
    /// So many for one user name.
    static let maximumWaitingOfUser = 4

    private let queue = DispatchQueue(label: "slow keys", qos: .utility)
    private let waiting = Mutex(Waiting())
    private let check: @Sendable (String, BcryptHash) -> Bool

    private struct Waiting {
        var count = 0
        var ofNetwork: [IPNetwork?: Int] = [:]
        var ofUser: [UniqueID: Int] = [:]

        mutating func add(_ change: Int, _ network: IPNetwork?, _ username: UniqueID) {
            count += change
            ofNetwork[network, default: 0] += change
            ofUser[username, default: 0] += change
            if ofNetwork[network] == 0 { ofNetwork[network] = nil }
            if ofUser[username] == 0 { ofUser[username] = nil }
        }
    }

    /// - Parameter check: may take its time.
    init(check: @escaping @Sendable (String, BcryptHash) -> Bool) {
        self.check = check
    }

    /// Those that are checked, and those that wait for it.
    var waitingCount: Int { waiting.withLock(\.count) }

    func matches(
        _ key: String, _ hash: BcryptHash, of username: UniqueID, from address: IPAddress?
    ) async throws(Refusal) -> Bool {
        let network = address.map { IPNetwork(partyOf: $0) }
        let isTaken = waiting.withLock { waiting in
            guard waiting.count < Self.maximumWaiting,
                waiting.ofNetwork[network, default: 0] < Self.maximumWaitingOfNetwork,
                waiting.ofUser[username, default: 0] < Self.maximumWaitingOfUser
            else { return false }
            waiting.add(1, network, username)
            return true
        }
        guard isTaken else { throw .busy }
        defer { waiting.withLock { $0.add(-1, network, username) } }
        return await withCheckedContinuation { continuation in
            queue.async { [check] in continuation.resume(returning: check(key, hash)) }
        }
    }
}
