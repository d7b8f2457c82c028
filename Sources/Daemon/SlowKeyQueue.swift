import Delegates
import Dispatch
import Synchronization

/// Checks keys against slow hashes one after the other, on a thread of its own. A client that sends many of them waits for one
/// processor, and neither the DNS nor other requests wait with it. No client fills the queue alone, neither from one network nor with
/// one account from many networks; nor does one network with another's account keep that account's holder out.
final class SlowKeyQueue: SlowKeyCheck {
    /// The maximum number of checks that run or wait.
    static let maximumWaiting = 64
    /// The maximum for one network (IPv4 /24, IPv6 /48): the last of them waits for half a second of work.
    static let maximumWaitingOfNetwork = 8
    /// The maximum for one user name from one network.
    static let maximumWaitingOfUserAndNetwork = 4
    /// The maximum for one user name from all networks.
    static let maximumWaitingOfUser = 32

    private let queue = DispatchQueue(label: "slow keys", qos: .utility)
    private let waiting = Mutex(Waiting())
    private let check: @Sendable (String, BcryptHash) -> Bool

    private struct Waiting {
        var count = 0
        var ofNetwork: [IPNetwork?: Int] = [:]
        var ofUser: [UniqueID: Int] = [:]
        var ofBoth: [Both: Int] = [:]

        struct Both: Hashable {
            var username: UniqueID
            var network: IPNetwork?
        }

        mutating func add(_ change: Int, _ both: Both) {
            count += change
            ofNetwork[both.network, default: 0] += change
            ofUser[both.username, default: 0] += change
            ofBoth[both, default: 0] += change
            if ofNetwork[both.network] == 0 { ofNetwork[both.network] = nil }
            if ofUser[both.username] == 0 { ofUser[both.username] = nil }
            if ofBoth[both] == 0 { ofBoth[both] = nil }
        }
    }

    /// - Parameter check: may take its time.
    init(check: @escaping @Sendable (String, BcryptHash) -> Bool) {
        self.check = check
    }

    /// The number of keys that are checked now or wait.
    var waitingCount: Int { waiting.withLock(\.count) }

    func matches(
        _ key: String, _ hash: BcryptHash, of username: UniqueID, from address: IPAddress?
    ) async throws(Refusal) -> Bool {
        let both = Waiting.Both(username: username, network: address.map { IPNetwork(partyOf: $0) })
        let isTaken = waiting.withLock { waiting in
            guard waiting.count < Self.maximumWaiting,
                waiting.ofNetwork[both.network, default: 0] < Self.maximumWaitingOfNetwork,
                waiting.ofUser[username, default: 0] < Self.maximumWaitingOfUser,
                waiting.ofBoth[both, default: 0] < Self.maximumWaitingOfUserAndNetwork
            else { return false }
            waiting.add(1, both)
            return true
        }
        guard isTaken else { throw .busy }
        defer { waiting.withLock { $0.add(-1, both) } }
        let isGone = Atomic(false)
        let matches: Bool? = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                queue.async { [check] in
                    continuation.resume(returning: isGone.load(ordering: .relaxed) ? nil : check(key, hash))
                }
            }
        } onCancel: {
            isGone.store(true, ordering: .relaxed)
        }
        // The task was cancelled, and nobody reads the answer.
        guard let matches else { throw .busy }
        return matches
    }
}
