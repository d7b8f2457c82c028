import DNS
import DNSClient
import Daemon
import Delegates
import Glibc
import NIOCore
import NIOPosix
import Sockets

/// What this machine is like: its addresses, and which ports are free.
struct MachineLook: Hashable {
    /// All addresses of its interfaces (`getifaddrs`).
    var addresses: Set<IPAddress>
    /// The addresses from which it reaches the world, at most one of each family.
    var outward: [IPAddress]

    /// The addresses that the world can be told, as far as this machine knows.
    var publicAddresses: [IPAddress] { outward.filter { AddressScope($0) == .world } }

    /// The machine on which this runs. Nothing is sent.
    static func look() async -> MachineLook {
        let devices = (try? System.enumerateDevices()) ?? []
        var outward: [IPAddress] = []
        // Addresses of a root server: the kernel chooses its source address towards the world for them.
        for target in RootHints.internet.nameservers.values.first ?? [] {
            guard let source = await Route.source(towards: target).map({ IPAddress($0) }),
                AddressScope(source) != .unusable
            else { continue }
            outward.append(source)
        }
        return MachineLook(addresses: Set(devices.compactMap { $0.address?.internetAddress }), outward: outward)
    }

    /// The addresses on which to answer for a name server with these public addresses: themselves where the machine has them, and
    /// otherwise, behind NAT, those from which it reaches the world.
    func listeners(for addresses: [IPAddress], port: UInt16 = 53) -> [Endpoint] {
        var chosen: [IPAddress] = []
        for address in addresses {
            let own = self.addresses.contains(address) ? address : outward.first { $0.isV4 == address.isV4 }
            if let own, !chosen.contains(own) { chosen.append(own) }
        }
        return chosen.map { Endpoint($0, port: port) }
    }

    /// Binds an address for a moment, over UDP and TCP or over TCP alone.
    ///
    /// - Returns: why a server could not listen there, and what to do; `nil` if it could, or if this user may not try.
    static func obstacle(toListeningOn endpoint: Endpoint, onlyTCP: Bool = false) async -> String? {
        do {
            let address = try SocketAddress(ipAddress: endpoint.hostText, port: Int(endpoint.port))
            if !onlyTCP {
                do {
                    try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(to: address).get().close()
                } catch {
                    return obstacle(ListenError(endpoint: endpoint, transport: "UDP", errorNumber: number(of: error)))
                }
            }
            try await ServerBootstrap.listening(on: endpoint).bind(to: address).get().close()
            return nil
        } catch {
            return obstacle(ListenError(error, endpoint: endpoint))
        }
    }

    /// Whether a reverse proxy could have TCP port 443, in a sentence without its end.
    static func stateOfHTTPSPort() async -> String {
        let endpoint = Endpoint(host: .v4(IPv4Address(number: 0)), port: 443)
        if let holder = PortHolder.find(port: endpoint.port, transport: "TCP") {
            return "TCP port 443 is taken by \(holder.name) (process \(holder.identifier)): let that be the proxy, or stop it"
        }
        let obstacle = await obstacle(toListeningOn: endpoint, onlyTCP: true)
        return obstacle == nil ? "TCP port 443 is free for it" : "TCP port 443 is taken by another process"
    }

    private static func number(of error: any Error) -> CInt { (error as? IOError)?.errnoCode ?? 0 }

    private static func obstacle(_ error: ListenError) -> String? {
        // The service gets the capability from systemd: that this user lacks it says nothing.
        [EACCES, EPERM].contains(error.errorNumber) ? nil : StartError.listen(error).description
    }
}

extension SocketAddress {
    fileprivate var internetAddress: IPAddress? { converted({ IPAddress($0) }, { IPAddress($0) }) }
}

extension IPAddress {
    var isV4: Bool {
        switch self {
        case .v4: true
        case .v6: false
        }
    }
}

extension Endpoint {
    init(_ address: IPAddress, port: UInt16) {
        switch address {
        case .v4(let address): self.init(host: .v4(address), port: port)
        case .v6(let address): self.init(host: .v6(address), port: port)
        }
    }

    var address: IPAddress {
        switch host {
        case .v4(let address): .v4(address)
        case .v6(let address): .v6(address)
        }
    }
}
