import CSockets
import DNS
import Delegates
import Glibc
import NIOPosix
import ServiceLifecycle
import Sockets
import Synchronization

/// Sockets on one address, each with a thread of its own, among which the kernel spreads the clients. If a service manager has given the
/// socket, there is only that one, and the threads share it.
final class ListeningSockets: Sendable {
    /// With the port that was bound.
    let endpoint: Endpoint
    private let sockets: [CInt]
    /// Whether a service manager holds the socket, for the next process, too. Then it is never shut down.
    let isGiven: Bool
    /// Becomes readable, for good, when shutdown begins.
    let wakeDescriptor: CInt
    private let stopping = Atomic(false)

    typealias Transport = GivenSockets.Transport

    /// Binds the sockets. Datagrams wait in them; connections are refused until the sockets listen.
    ///
    /// - Parameter given: the socket that is bound already, for this type to close; `nil` if there is none.
    /// - Throws: ``ListenError``.
    init(_ transport: Transport, endpoint: Endpoint, count: Int, given: CInt? = nil) throws(ListenError) {
        isGiven = given != nil
        wakeDescriptor = wake_open()
        guard wakeDescriptor >= 0 else {
            throw ListenError(endpoint: endpoint, transport: transport.rawValue, errorNumber: errno)
        }
        do {
            if let given {
                (sockets, self.endpoint) = (try Self.share(given, transport, endpoint, count: count), endpoint)
            } else {
                (sockets, self.endpoint) = try Self.open(transport, endpoint, count: count)
            }
        } catch {
            close(wakeDescriptor)
            throw error
        }
    }

    private static func open(
        _ transport: Transport, _ endpoint: Endpoint, count: Int
    ) throws(ListenError) -> ([CInt], Endpoint) {
        var bound = endpoint
        var sockets: [CInt] = []
        func open(sharing: Bool) throws(ListenError) {
            let result =
                switch transport {
                case .udp: unsafe datagrams_open(endpoint.hostText, &bound.port, sharing)
                case .tcp: unsafe streams_open(endpoint.hostText, &bound.port, sharing)
                }
            guard result >= 0 else {
                for socket in sockets { close(socket) }
                throw ListenError(endpoint: endpoint, transport: transport.rawValue, errorNumber: -result)
            }
            sockets.append(result)
        }
        // Sockets that share a port also share it with those of another process: first make sure that there is none.
        // A second server of the same user would start, and take half of the queries.
        try open(sharing: false)
        if count > 1 {
            close(sockets.removeLast())
            for _ in 0..<count { try open(sharing: true) }
        }
        return (sockets, bound)
    }

    /// A descriptor for each thread: what comes to the one socket is anyone's.
    private static func share(
        _ given: CInt, _ transport: Transport, _ endpoint: Endpoint, count: Int
    ) throws(ListenError) -> [CInt] {
        var sockets = [given]
        func check(_ result: CInt) throws(ListenError) -> CInt {
            guard result < 0 else { return result }
            for socket in sockets { close(socket) }
            throw ListenError(endpoint: endpoint, transport: transport.rawValue, errorNumber: -result)
        }
        switch transport {
        case .udp: _ = try check(datagrams_adopt(given))
        case .tcp: _ = try check(streams_adopt(given))
        }
        while sockets.count < count { sockets.append(try check(socket_duplicate(given))) }
        return sockets
    }

    deinit {
        for socket in sockets { close(socket) }
        close(wakeDescriptor)
    }

    var count: Int { sockets.count }

    /// Starts to listen, on TCP sockets. A given one listens already.
    func listen(maximumWaiting: CInt) throws(ListenError) {
        guard !isGiven else { return }
        for socket in sockets where Glibc.listen(socket, maximumWaiting) != 0 {
            throw ListenError(endpoint: endpoint, transport: Transport.tcp.rawValue, errorNumber: errno)
        }
    }

    var isStopping: Bool { stopping.load(ordering: .acquiring) }

    /// Runs the work of each socket on its thread. The work must end soon after shutdown begins.
    func run(_ work: @escaping @Sendable (_ socket: CInt) -> Void) async throws {
        let threads = NIOThreadPool(numberOfThreads: sockets.count)
        threads.start()
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await withThrowingTaskGroup { group in
                for socket in sockets {
                    group.addTask { try await threads.runIfActive { work(socket) } }
                }
                try await group.waitForAll()
            }
        } onCancelOrGracefulShutdown: {
            self.stopping.store(true, ordering: .releasing)
            wake(self.wakeDescriptor)
        }
        try await threads.shutdownGracefully()
    }
}

extension IPAddress {
    /// - Parameters:
    ///   - high: ignored for an IPv4 address.
    ///   - low: all of an IPv4 address.
    init(isV6: Bool, high: UInt64, low: UInt64) {
        self =
            isV6
            ? IPAddress(IPv6Address(high: high, low: low)) : IPAddress(IPv4Address(number: UInt32(truncatingIfNeeded: low)))
    }
}

extension ClientNetwork {
    init(_ address: IPAddress) {
        switch address {
        case .v4(let address): self.init(address)
        case .v6(let address): self.init(address)
        }
    }
}
