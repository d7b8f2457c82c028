import DNS
import Glibc
import Sockets
import Testing

struct ConnectionsTests {
    /// A descriptor that reads as ended once it is shut down.
    private final class Pair {
        let descriptor: CInt
        private let other: CInt

        init() throws {
            var descriptors: [CInt] = [0, 0]
            try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0, &descriptors) == 0)
            (descriptor, other) = (descriptors[0], descriptors[1])
        }

        deinit {
            close(descriptor)
            close(other)
        }

        var isShutDown: Bool {
            var octet: UInt8 = 0
            return recv(descriptor, &octet, 1, 0) == 0
        }
    }

    private let network = ClientNetwork(IPv4Address(number: 0x7F00_0001))

    @Test func `one too many shuts down the one without progress for longest`() throws {
        let connections = Connections(Connections.Limits(count: 3))
        let pairs = try (0..<4).map { _ in try Pair() }
        let tickets = pairs.prefix(3).map { connections.add(.descriptor($0.descriptor), from: nil) }
        connections.madeProgress(try #require(tickets[0]))
        _ = connections.add(.descriptor(pairs[3].descriptor), from: nil)
        #expect(pairs.map(\.isShutDown) == [false, true, false, false])
        #expect(connections.closedForRoom == 1 && connections.count == 4)
        connections.remove(try #require(tickets[1]))
        #expect(connections.count == 3)
    }

    @Test func `one too many of a network shuts down one of that network`() throws {
        let connections = Connections(Connections.Limits(count: 100, countPerNetwork: 2))
        let other = ClientNetwork(IPv6Address(high: 0x2001_0DB8 << 32, low: 1))
        let pairs = try (0..<4).map { _ in try Pair() }
        for (pair, from) in zip(pairs, [other, network, network, network]) {
            _ = connections.add(.descriptor(pair.descriptor), from: from)
        }
        #expect(pairs.map(\.isShutDown) == [false, true, false, false])
    }

    @Test func `busy ones go last`() throws {
        let connections = Connections(Connections.Limits(count: 2))
        let pairs = try (0..<3).map { _ in try Pair() }
        let first = try #require(connections.add(.descriptor(pairs[0].descriptor), from: nil))
        connections.madeProgress(first, isBusy: true)
        for pair in pairs.dropFirst() { _ = connections.add(.descriptor(pair.descriptor), from: nil) }
        #expect(pairs.map(\.isShutDown) == [false, true, false])
    }

    @Test func `a limit that is lowered closes those that are too many`() throws {
        let connections = Connections(Connections.Limits(count: 200))
        let pairs = try (0..<150).map { _ in try Pair() }
        for pair in pairs { _ = connections.add(.descriptor(pair.descriptor), from: network) }
        connections.setLimits(Connections.Limits(count: 10))
        #expect(pairs.map(\.isShutDown) == (0..<150).map { $0 < 140 })
    }

    @Test func `while too many are closing there is no room`() throws {
        let connections = Connections(Connections.Limits(count: 1))
        var pairs: [Pair] = []
        var tickets: [Connections.Ticket] = []
        while connections.hasRoom {
            let pair = try Pair()
            pairs.append(pair)
            tickets.append(try #require(connections.add(.descriptor(pair.descriptor), from: network)))
        }
        #expect(tickets.count == 1 + 64)
        #expect(connections.add(.descriptor(try Pair().descriptor), from: network) == nil)
        connections.remove(tickets[7])
        #expect(connections.add(.descriptor(try Pair().descriptor), from: network) != nil)
    }
}
