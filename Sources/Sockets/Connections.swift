package import NIOCore
import Synchronization

/// The open TCP connections of a door, so that they stay within their number, in all and from each network.
package final class Connections: Sendable {
    private let state: Mutex<State>

    fileprivate struct State {
        var limits: Limits
        var open: [ObjectIdentifier: Entry] = [:]
        /// How many each network has open, those left out that are closing.
        var perNetwork: [UInt64: Int] = [:]
        var closedForRoom: UInt64 = 0
    }

    fileprivate struct Entry {
        var channel: any Channel
        var network: UInt64?
        var lastProgress: NIODeadline
        var isBusy = false
        /// It was told to close, and has its descriptor until it has.
        var isClosing = false
    }

    /// How many there may be.
    package struct Limits: Hashable, Sendable {
        /// Of all the door's listeners together; at least 1.
        package var count: Int
        /// From one network, IPv4 /24 or IPv6 /48; nothing for no limit.
        package var countPerNetwork: Int?

        package init(count: Int, countPerNetwork: Int? = nil) {
            self.count = max(1, count)
            self.countPerNetwork = countPerNetwork.map { max(1, $0) }
        }
    }

    /// So many more than the maximum may be open while others are closing.
    private static let maximumSurplus = 64

    package init(_ limits: Limits) {
        state = Mutex(State(limits: limits))
    }

    /// What holds for connections from now on.
    package func setLimits(_ limits: Limits) {
        state.withLock { $0.limits = limits }
    }

    /// How many are open.
    package var count: Int { state.withLock(\.open.count) }

    /// How many were closed so far to make room for others.
    package var closedForRoom: UInt64 { state.withLock(\.closedForRoom) }

    /// Adds a connection. If there are too many then, of its network or in all, the one of these without progress for longest is
    /// closed: one on which the client is waited for, if there is such a one. If those that are closing take too long, it is the new
    /// one itself.
    package func add(_ channel: any Channel) {
        let network = channel.remoteAddress?.network
        let surplus: (any Channel)? = state.withLock { state in
            guard state.open.count < state.limits.count + Self.maximumSurplus else {
                state.closedForRoom += 1
                return channel
            }
            let oldest = state.connectionToClose(for: network)
            state.open[ObjectIdentifier(channel)] = Entry(channel: channel, network: network, lastProgress: .now())
            if let network { state.perNetwork[network, default: 0] += 1 }
            guard let oldest else { return nil }
            state.open[oldest.key]?.isClosing = true
            state.forget(networkOf: oldest.value)
            state.closedForRoom += 1
            return oldest.value.channel
        }
        surplus?.close(promise: nil)
    }

    /// Something whole came from the client, or went to it.
    ///
    /// - Parameter isBusy: whether it is the server now that is waited for.
    package func madeProgress(_ channel: any Channel, isBusy: Bool = false) {
        let now = NIODeadline.now()
        state.withLock { state in
            state.open[ObjectIdentifier(channel)]?.lastProgress = now
            state.open[ObjectIdentifier(channel)]?.isBusy = isBusy
        }
    }

    package func remove(_ channel: any Channel) {
        state.withLock { state in
            guard let entry = state.open.removeValue(forKey: ObjectIdentifier(channel)), !entry.isClosing else { return }
            state.forget(networkOf: entry)
        }
    }

    /// Closes all of them, and returns when they are closed.
    package func closeAll() async {
        let channels = state.withLock { state in state.open.values.map(\.channel) }
        for channel in channels { channel.close(promise: nil) }
        for channel in channels { try? await channel.closeFuture.get() }
    }
}

extension Connections.State {
    /// The connection that must go if one more comes from a network, if one must.
    fileprivate func connectionToClose(for network: UInt64?) -> (key: ObjectIdentifier, value: Connections.Entry)? {
        if let network, let limit = limits.countPerNetwork, perNetwork[network, default: 0] >= limit {
            return oldest { $0.network == network }
        }
        return open.count < limits.count ? nil : oldest { _ in true }
    }

    private func oldest(
        where isMeant: (Connections.Entry) -> Bool
    ) -> (key: ObjectIdentifier, value: Connections.Entry)? {
        var oldest: (key: ObjectIdentifier, value: Connections.Entry)?
        for candidate in open where !candidate.value.isClosing && isMeant(candidate.value) {
            if let found = oldest, !Self.goesFirst(candidate.value, found.value) { continue }
            oldest = candidate
        }
        return oldest
    }

    private static func goesFirst(_ left: Connections.Entry, _ right: Connections.Entry) -> Bool {
        (left.isBusy ? 1 : 0, left.lastProgress) < (right.isBusy ? 1 : 0, right.lastProgress)
    }

    fileprivate mutating func forget(networkOf entry: Connections.Entry) {
        guard let network = entry.network, let count = perNetwork[network] else { return }
        perNetwork[network] = count > 1 ? count - 1 : nil
    }
}
