package import DNS
import DNSClient
package import Sockets

/// The doors of this server as its clients see them: it asks itself over the sockets, so that a thread that hangs is noticed.
package struct OwnDoors: Sendable {
    private let nameservers: [Endpoint]
    private let apis: [Endpoint]
    private let areEncrypted: Bool
    private let zone: DomainName

    /// What does not answer, in words.
    package struct Trouble: Error, CustomStringConvertible {
        package var description: String
    }

    /// - Parameters:
    ///   - nameservers: the addresses of DNS over UDP, with the ports that were bound.
    ///   - apis: the addresses of the API.
    ///   - areEncrypted: whether the API speaks TLS.
    ///   - zone: a zone that the server has.
    package init(nameservers: [Endpoint], apis: [Endpoint], areEncrypted: Bool = false, zone: DomainName) {
        self.nameservers = nameservers.map(\.onThisMachine)
        self.apis = apis.map(\.onThisMachine)
        self.areEncrypted = areEncrypted
        self.zone = zone
    }

    /// Asks for the SOA record over UDP, and the API whether it is there. Whatever a response says, it shows that the server lives: a
    /// restart would not make a full disk or a wrong record better.
    ///
    /// - Parameter round: each round asks the next of several addresses.
    /// - Throws: ``Trouble`` if there is no response within the time.
    package func look(round: Int, within time: Duration) async throws(Trouble) {
        if let nameserver = nameservers.element(ofRound: round) {
            var bounds = NameserverClient.Bounds()
            bounds.totalTime = time
            bounds.tryTime = time / 2
            do {
                let query = OutgoingQuery(Question(name: zone, type: .soa), isRecursionDesired: false)
                _ = try await NameserverClient(bounds: bounds).ask(query, of: nameserver)
            } catch {
                throw Trouble(description: "DNS: \(error)")
            }
        }
        if let api = apis.element(ofRound: round) {
            do {
                try await APILook(api: api, isEncrypted: areEncrypted, time: time).look()
            } catch {
                throw Trouble(description: "API: \(error)")
            }
        }
    }
}

extension [Endpoint] {
    fileprivate func element(ofRound round: Int) -> Endpoint? {
        isEmpty ? nil : self[Int(UInt(bitPattern: round) % UInt(count))]
    }
}

extension Endpoint {
    /// Where a client on this machine reaches it: all addresses have no route.
    var onThisMachine: Endpoint {
        guard isAnyAddress else { return self }
        return switch host {
        case .v4: Endpoint(host: .v4(IPv4Address(number: 0x7F00_0001)), port: port)
        case .v6: Endpoint(host: .v6(IPv6Address(high: 0, low: 1)), port: port)
        }
    }
}
