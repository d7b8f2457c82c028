import Glibc
package import NIOCore
import Synchronization

/// The open TCP connections of a door, which stay within limits, in total and for each network.
package final class Connections: Sendable {
    private let state: Mutex<State>

    fileprivate struct State {
        var limits: Limits
        var isExempt: Exemption
        /// `nil` where one more has room.
        var open: [Entry?] = []
        var freePlaces: [Int] = []
        /// The number of connections that each network has open, without those that are closing.
        var perNetwork: [ClientNetwork: Int] = [:]
        var closedForRoom: UInt64 = 0
    }

    fileprivate struct Entry {
        var connection: Connection
        var network: ClientNetwork?
        var lastProgress: NIODeadline
        var isBusy = false
        /// Whether it was told to close. It keeps its descriptor until it has closed.
        var isClosing = false
    }

    /// How many connections there may be.
    package struct Limits: Hashable, Sendable {
        /// For all the door's listeners together; at least 1.
        package var count: Int
        /// For one network, IPv4 /24 or IPv6 /48; `nil` means no limit.
        package var countPerNetwork: Int?

        package init(count: Int, countPerNetwork: Int? = nil) {
            self.count = max(1, count)
            self.countPerNetwork = countPerNetwork.map { max(1, $0) }
        }
    }

    /// Whether a client is exempt from the limit on a network's connections.
    package typealias Exemption = @Sendable (SocketAddress) -> Bool

    /// What is closed to make room.
    package enum Connection: Sendable {
        case channel(any Channel)
        /// It is shut down. The thread that serves it reads its end, removes it here and then closes it.
        case descriptor(CInt)
    }

    /// Stands for a connection that was added, until it is removed.
    package struct Ticket: Sendable {
        fileprivate let place: Int
    }

    /// The number of connections above the maximum that may be open while others are closing.
    fileprivate static let maximumSurplus = 64

    /// - Parameter isExempt: true for reverse proxies, whose connections carry the requests of many networks.
    package init(_ limits: Limits, exempting isExempt: @escaping Exemption = { _ in false }) {
        state = Mutex(State(limits: limits, isExempt: isExempt))
    }

    /// Sets the limits from now on. If there are more connections, those without progress for longest are closed.
    package func setLimits(_ limits: Limits, exempting isExempt: @escaping Exemption = { _ in false }) {
        let channels = state.withLock { state -> [any Channel] in
            state.limits = limits
            state.isExempt = isExempt
            var channels: [any Channel] = []
            for _ in 0..<max(0, state.countStaying - limits.count) {
                guard let place = state.oldestPlace(where: { _ in true }) else { break }
                if let channel = state.beginToClose(place) { channels.append(channel) }
            }
            return channels
        }
        for channel in channels { Self.closeWithoutLeave(channel) }
    }

    /// The number of open connections.
    package var count: Int { state.withLock(\.count) }

    /// Whether one more can be added now. If not, enough are closing that it can be soon.
    package var hasRoom: Bool { state.withLock(\.hasRoom) }

    /// The number of connections closed so far to make room for others.
    package var closedForRoom: UInt64 { state.withLock(\.closedForRoom) }

    /// Adds a connection. If there are then too many, of its network or in total, the one without progress for longest is closed: one that
    /// waits for its client, if there is one.
    ///
    /// - Parameter network: of the client, if it has one.
    /// - Returns: `nil` if the closing connections take too long: then the new one must be closed.
    package func add(_ connection: Connection, from network: ClientNetwork?) -> Ticket? {
        let (ticket, channel) = state.withLock { state -> (Ticket?, (any Channel)?) in
            guard state.hasRoom else {
                state.closedForRoom += 1
                return (nil, nil)
            }
            let oldest = state.placeToClear(for: network)
            let ticket = Ticket(place: state.place(Entry(connection: connection, network: network, lastProgress: .now())))
            return (ticket, oldest.flatMap { state.beginToClose($0) })
        }
        if let channel { Self.closeWithoutLeave(channel) }
        return ticket
    }

    private static func closeWithoutLeave(_ channel: any Channel) {
        channel.eventLoop.execute {
            guard let exit = try? channel.pipeline.syncOperations.context(name: ConnectionExit.name) else {
                return channel.close(promise: nil)
            }
            exit.close(promise: nil)
        }
    }

    /// Adds a channel, which is closed at once if there is no room for it.
    package func add(_ channel: any Channel) -> Ticket? {
        let isExempt = state.withLock(\.isExempt)
        let network = channel.remoteAddress.flatMap { isExempt($0) ? nil : ClientNetwork($0) }
        let ticket = add(.channel(channel), from: network)
        if ticket == nil { channel.close(promise: nil) }
        return ticket
    }

    /// Notes that something whole came from the client, or went to it.
    ///
    /// - Parameter isBusy: whether the client now waits for the server.
    package func madeProgress(_ ticket: Ticket, isBusy: Bool = false) {
        let now = NIODeadline.now()
        state.withLock { state in
            state.open[ticket.place]?.lastProgress = now
            state.open[ticket.place]?.isBusy = isBusy
        }
    }

    /// Removes a connection. A descriptor must be removed before it is closed.
    package func remove(_ ticket: Ticket) {
        state.withLock { $0.clear(ticket.place) }
    }

    /// Closes all connections, and returns when the channels among them are closed.
    package func closeAll() async {
        let channels = state.withLock { state in
            state.open.indices.compactMap { state.beginToClose($0, forRoom: false) }
        }
        for channel in channels { channel.close(promise: nil) }
        for channel in channels { try? await channel.closeFuture.get() }
    }
}

extension Connections.State {
    fileprivate var count: Int { open.count - freePlaces.count }

    /// The number of open connections that are not closing.
    fileprivate var countStaying: Int { open.count { $0.map { !$0.isClosing } ?? false } }

    fileprivate var hasRoom: Bool { count < limits.count + Connections.maximumSurplus }

    fileprivate mutating func place(_ entry: Connections.Entry) -> Int {
        if let network = entry.network { perNetwork[network, default: 0] += 1 }
        if let free = freePlaces.popLast() {
            open[free] = entry
            return free
        }
        open.append(entry)
        return open.count - 1
    }

    fileprivate mutating func clear(_ place: Int) {
        guard let entry = open[place] else { return }
        if !entry.isClosing { forget(networkOf: entry) }
        open[place] = nil
        freePlaces.append(place)
    }

    /// - Returns: the channel to be closed; a descriptor is shut down here, where it cannot have been closed yet.
    fileprivate mutating func beginToClose(_ place: Int, forRoom: Bool = true) -> (any Channel)? {
        guard let entry = open[place] else { return nil }
        if !entry.isClosing {
            forget(networkOf: entry)
            open[place]?.isClosing = true
        }
        if forRoom { closedForRoom += 1 }
        switch entry.connection {
        case .channel(let channel): return channel
        case .descriptor(let descriptor):
            shutdown(descriptor, CInt(SHUT_RDWR))
            return nil
        }
    }

    /// The place of the connection that must go if one more comes from a network; `nil` if none must.
    fileprivate func placeToClear(for network: ClientNetwork?) -> Int? {
        if let network, let limit = limits.countPerNetwork, perNetwork[network, default: 0] >= limit {
            return oldestPlace { $0.network == network }
        }
        return count < limits.count ? nil : oldestPlace { _ in true }
    }

    fileprivate func oldestPlace(where isMeant: (Connections.Entry) -> Bool) -> Int? {
        var oldest: (place: Int, entry: Connections.Entry)?
        for (place, entry) in open.enumerated() {
            guard let entry, !entry.isClosing, isMeant(entry) else { continue }
            if let oldest, !Self.goesFirst(entry, oldest.entry) { continue }
            oldest = (place, entry)
        }
        return oldest?.place
    }

    private static func goesFirst(_ left: Connections.Entry, _ right: Connections.Entry) -> Bool {
        (left.isBusy ? 1 : 0, left.lastProgress) < (right.isBusy ? 1 : 0, right.lastProgress)
    }

    private mutating func forget(networkOf entry: Connections.Entry) {
        guard let network = entry.network, let count = perNetwork[network] else { return }
        perNetwork[network] = count > 1 ? count - 1 : nil
    }
}
