import DNS
import DNSClient
import Daemon
import Delegates
import Sockets

/// Looks whether a configured service is there: the server itself, and what the DNS must have for it.
struct SetupChecks {
    let configuration: Configuration
    var look: DelegationLook

    init(_ configuration: Configuration) {
        self.configuration = configuration
        look = DelegationLook(resolvers: configuration.signing.resolvers)
    }

    /// The records of the zones of others. It takes at most a minute for each zone, and less than a second where all answer.
    func ofRecords() async -> [SetupCheck] {
        let parentZone = ParentZone(of: configuration)
        let sights = await sights(of: parentZone)
        var checks: [SetupCheck] = []
        for delegation in parentZone.delegations {
            guard let sight = sights.ofZones[delegation.apex] else {
                checks.append(.unknownDelegation(delegation, sights.failures[delegation.apex] ?? ""))
                continue
            }
            checks.append(Self.nameservers(delegation, sight))
            checks += await addresses(delegation, sight, sights)
            if !sight.nameservers.isEmpty { checks.append(await resolution(delegation.apex, sight)) }
        }
        checks += await delegationSigners(parentZone, sights)
        if let host = configuration.webserver.publicURL.flatMap({ SetupNames.host(ofURL: $0) }) {
            checks.append(await api(host, sights))
        }
        checks += await configuration.challengeSights().map { SetupCheck($0, memory: sights.memory(of: $0.name)) }
        if configuration.acme?.acceptsTerms == false {
            checks.append(
                SetupCheck(
                    check: .terms, name: "acme.accept-terms", state: .missing,
                    detail: "it is not true, so no certificate is obtained"))
        }
        return checks
    }

    /// The server on this machine.
    func ofServer() async -> SetupCheck {
        let zone = configuration.enrolmentZone
        for endpoint in configuration.nameserver.listen {
            let server = endpoint.isAnyAddress ? endpoint.loopback : endpoint
            let query = OutgoingQuery(Question(name: zone, type: .soa), isRecursionDesired: false)
            do throws(ServerFailure) {
                let message = try await NameserverClient().ask(query, of: server).message
                guard message.header.flags.contains(.authoritative), message.answers.contains(where: { $0.type == .soa }) else {
                    return SetupCheck(
                        check: .server, name: "\(endpoint)", state: .wrong,
                        detail:
                            "what answers at \(server) does not serve \(zone.withoutFinalDot), but says \(message.responseCode)"
                    )
                }
            } catch {
                let obstacle = await MachineLook.obstacle(toListeningOn: endpoint)
                return SetupCheck(
                    check: .server, name: "\(endpoint)", state: .missing,
                    detail: obstacle.map { "the server " + $0 } ?? "\(error)")
            }
        }
        return SetupCheck(check: .server, name: listeners, state: .there)
    }

    /// The server on this machine, which has no configuration yet.
    var beforeStart: SetupCheck {
        SetupCheck(check: .server, name: listeners, state: .missing, detail: "it is not started yet")
    }

    private var listeners: String { configuration.nameserver.listen.map(\.description).joined(separator: " ") }

    private static func nameservers(_ delegation: ParentZone.Delegation, _ sight: DelegationLook.Sight) -> SetupCheck {
        let wanted = Set(delegation.nameservers)
        var check = SetupCheck(check: .nameservers, name: delegation.apex.withoutFinalDot, state: .there)
        guard sight.nameservers != wanted else { return check }
        check.state = sight.nameservers.isEmpty ? .missing : .wrong
        check.memory = sight.parent.memory
        check.records = delegation.nameserverRecords.filter { $0.data.target.map { !sight.nameservers.contains($0) } ?? true }
            .map(\.description)
        let others = sight.nameservers.subtracting(wanted).map(\.withoutFinalDot).sorted().joined(separator: ", ")
        if !others.isEmpty { check.detail = "there are NS records with \(others), which is none of “nameservers”" }
        return check
    }

    private func addresses(
        _ delegation: ParentZone.Delegation, _ sight: DelegationLook.Sight, _ sights: Sights
    ) async -> [SetupCheck] {
        var checks: [SetupCheck] = []
        for name in delegation.nameservers {
            let records = delegation.glue.filter { $0.owner == name }
            let wanted = Set(records.compactMap(\.address))
            var check = SetupCheck(check: .address, name: name.withoutFinalDot, state: .there)
            if records.isEmpty, let zone = sights.undelegatedZone(of: name) {
                (check.state, check.detail) = (.missing, "resolvers find it once \(zone.withoutFinalDot) is delegated")
                checks.append(check)
                continue
            }
            do throws(NoResponse) {
                // Before the delegation there is no glue, and no resolver can know the name.
                let isAsked = records.isEmpty || !sight.isParents && !sight.nameservers.isEmpty
                let seen = isAsked ? try await look.addresses(of: name).addresses : sight.glue[name] ?? []
                if seen.isEmpty {
                    check.state = .missing
                    check.records = records.map(\.description)
                    if records.isEmpty { check.detail = "create its address records in its own zone" }
                } else if !records.isEmpty, seen != wanted {
                    check.state = .wrong
                    check.records = records.filter { $0.address.map { !seen.contains($0) } ?? true }.map(\.description)
                    let others = seen.subtracting(wanted).map(\.description).sorted().joined(separator: ", ")
                    if !others.isEmpty { check.detail = "there are the addresses \(others), which “records” does not have" }
                }
            } catch {
                check.state = .unknown
                check.detail = "\(error)"
            }
            checks.append(check)
        }
        return checks
    }

    /// Whether resolvers get answers from the zone: only then does port 53 reach the server from elsewhere.
    private func resolution(_ zone: DomainName, _ sight: DelegationLook.Sight) async -> SetupCheck {
        var check = SetupCheck(check: .resolution, name: zone.withoutFinalDot, state: .there)
        do throws(NoResponse) {
            if try await !look.has(.soa, at: zone) {
                check.state = .missing
                check.memory = sight.parent.memory
                check.detail = "resolvers do not see the zone yet: one that was asked too early remembers that it was not there"
            }
        } catch {
            // The resolvers have just answered for the zone above, so it is not they that are out of reach.
            check.state = .wrong
            check.detail =
                "resolvers get no answer (\(error)): open port 53 for UDP and TCP to the world, and compare the parent's DS with "
                + "“nuncio dnssec ds”"
        }
        return check
    }

    /// The addresses of the name servers, if the configuration has them.
    var publicAddresses: [IPAddress] {
        let glue = ParentZone(of: configuration).delegations.flatMap(\.glue).compactMap(\.address)
        var addresses =
            glue.isEmpty ? configuration.nameserver.listen.map(\.address).filter { AddressScope($0) == .world } : glue
        var known: Set<IPAddress> = []
        addresses.removeAll { !known.insert($0).inserted }
        return addresses
    }
}

extension SetupCheck {
    fileprivate init(_ sight: ChallengeSight, memory: UInt32?) {
        self.init(check: .challenge, name: sight.name, state: .there, memory: memory)
        switch sight.state {
        case .there: break
        case .missing: (state, records) = (.missing, [sight.record])
        case .wrong(let what): (state, records, detail) = (.wrong, [sight.record], what)
        case .unknown(let reason): (state, records, detail) = (.unknown, [sight.record], reason)
        }
    }

    fileprivate static func unknownDelegation(_ delegation: ParentZone.Delegation, _ reason: String) -> SetupCheck {
        SetupCheck(
            check: .nameservers, name: delegation.apex.withoutFinalDot, state: .unknown,
            records: (delegation.nameserverRecords + delegation.glue).map(\.description), detail: reason)
    }
}

extension ResourceRecord {
    /// The address in A or AAAA data; `nil` for other data.
    fileprivate var address: IPAddress? {
        switch (data.type, data.octets.count) {
        case (.a, 4): IPAddress(IPv4Address(octets: data.octets))
        case (.aaaa, 16): IPAddress(IPv6Address(octets: data.octets))
        default: nil
        }
    }
}

extension Endpoint {
    /// The loopback address of the same family, with the same port.
    fileprivate var loopback: Endpoint {
        switch host {
        case .v4: Endpoint(host: .v4(IPv4Address(octets: [127, 0, 0, 1])), port: port)
        case .v6: Endpoint(host: .v6(IPv6Address(high: 0, low: 1)), port: port)
        }
    }
}
