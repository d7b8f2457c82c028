import DNS
import DNSClient
import Sockets

/// The delegation of the delegates' zone, and whether each of its name servers does what authorities' resolvers need.
extension Judgement {
    var delegation: Check {
        guard let sight = facts.delegateZone else {
            return Check(.delegation, [Finding(.unknown, "there is no delegate whose zone could be looked at")])
        }
        let findings = agreement(of: sight) + sight.servers.flatMap { service(of: $0, in: sight.zone.apex) } + configured(sight)
        return Check(
            .delegation,
            findings.isEmpty ? [Finding(.ok, "\(sight.zone.apex.text) is delegated, and its name servers answer")] : findings)
    }

    /// Whether parent and zone agree on names and addresses.
    private func agreement(of sight: ZoneSight) -> [Finding] {
        let apex = sight.zone.apex
        guard let own = sight.servers.lazy.compactMap(\.nameservers.value).first else { return [] }
        let ownRecords = own.sorted { "\($0)" < "\($1)" }.map { Self.record(apex, .ns($0)) }
        var findings: [Finding] = []
        for parent in sight.parents {
            guard case .seen(let referral) = parent.referral else {
                if case .unseen(let reason) = parent.referral {
                    findings.append(Finding(.warning, "\(parent.server.text), a name server of the parent, \(reason)"))
                }
                continue
            }
            let names = Set(referral.keys)
            if names != own {
                findings.append(
                    Finding(
                        .warning, "the parent delegates \(apex.text) to other name servers than the zone names itself",
                        found: names.sorted { "\($0)" < "\($1)" }.map { Self.found(apex, .ns($0)) }, expected: ownRecords,
                        remedy: ["in the parent zone:"] + ownRecords))
            }
            for (name, glue) in referral.sorted(by: { "\($0.key)" < "\($1.key)" }) where name.isAtOrBelow(apex) {
                let right = sight.servers.lazy.compactMap { $0.addresses[name] }.first { !$0.isEmpty } ?? []
                guard glue != right, own.contains(name), !right.isEmpty || glue.isEmpty else { continue }
                findings.append(
                    Finding(
                        // A server without glue is found by way of another; one with wrong glue may be somebody else's.
                        glue.isEmpty
                            ? (hasOtherGlue(than: name, in: referral) ? .warning : .error)
                            : glue.isDisjoint(with: right) ? .error : .warning,
                        glue.isEmpty
                            ? "the parent has no address (glue) of \(name.text), which is in the zone itself"
                            : "the parent has other addresses (glue) of \(name.text) than the zone",
                        found: records(name, glue), expected: records(name, right),
                        remedy: ["in the parent zone:"] + records(name, right)))
            }
        }
        return unique(findings)
    }

    /// Whether another name server can be found from what the parent says.
    private func hasOtherGlue(than name: DomainName, in referral: [DomainName: Set<Endpoint.Host>]) -> Bool {
        referral.contains { $0.key != name && !$0.value.isEmpty }
    }

    /// What the server's configuration says, beside what the zone shows.
    private func configured(_ sight: ZoneSight) -> [Finding] {
        guard let zone = examination.server?.zones.first(where: { $0.apex == sight.zone.apex }), sight.zone.isReferred else {
            return []
        }
        let seen = Set(sight.zone.nameservers.keys)
        guard !seen.isEmpty, !zone.nameservers.isEmpty, seen != zone.nameservers else { return [] }
        let wanted = zone.nameservers.sorted { "\($0)" < "\($1)" }.map { Self.record(zone.apex, .ns($0)) }
        return [
            Finding(
                .warning, "the parent delegates \(zone.apex.text) to other name servers than “nameservers” has",
                found: seen.sorted { "\($0)" < "\($1)" }.map { Self.found(zone.apex, .ns($0)) }, expected: wanted,
                remedy: ["in the parent zone:"] + wanted)
        ]
    }

    private func service(of sight: NameserverSight, in apex: DomainName) -> [Finding] {
        let server = sight.server.text
        guard sight.server.host != nil else {
            return [
                Finding(
                    .error, "the name server \(server) of \(apex.text) has no address",
                    remedy: ["\(sight.server.name) needs an A or AAAA record"])
            ]
        }
        let port = ["open port 53 for UDP and TCP at \(server)"]
        switch (sight.overUDP, sight.overTCP) {
        case (.unseen(let reason), .unseen):
            return [Finding(.error, "the name server \(server) of \(apex.text) \(reason)", remedy: port)]
        case (.unseen(let reason), .seen):
            return [Finding(.error, "over UDP the name server \(server) \(reason)", remedy: port)]
        case (.seen, .unseen(let reason)):
            return [Finding(.error, "over TCP the name server \(server) \(reason): long answers are lost", remedy: port)]
        case (.seen(let soa), .seen):
            var findings: [Finding] = []
            if !soa.hasEDNS {
                findings.append(Finding(.warning, "\(server) knows no EDNS, so resolvers get no signatures from it"))
            }
            if sight.repeatsCase == false {
                findings.append(
                    Finding(
                        .warning,
                        "\(server) does not repeat the case of names, by which authorities' resolvers tell forged answers (0x20)"
                    ))
            }
            return findings
        }
    }

    private func records(_ name: DomainName, _ hosts: Set<Endpoint.Host>) -> [String] {
        hosts.map { host in
            switch host {
            case .v4(let address): Self.record(name, .a(address))
            case .v6(let address): Self.record(name, .aaaa(address))
            }
        }.sorted()
    }

    func unique(_ findings: [Finding]) -> [Finding] {
        var known: Set<Finding> = []
        return findings.filter { known.insert($0).inserted }
    }
}
