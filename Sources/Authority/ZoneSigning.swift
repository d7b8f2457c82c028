package import DNS
package import DNSSEC

extension Zone {
    /// The zone with its keys, and signatures over all that it is an authority for.
    ///
    /// - Parameters:
    ///   - delegations: those of this server's zones inside this one. Their DS records are made here, and replace the zone's own.
    ///   - additions: further RRsets, at names that need not exist.
    ///   - previous: the same zone as it was signed before; signatures that are still good are reused.
    ///   - now: the system's time in seconds since 1970, modulo 2^32.
    fileprivate func signed(
        by signer: ZoneSigner, delegations: [Delegation], adding additions: [RRset], reusing previous: Zone?, at now: UInt32
    ) -> Zone {
        var zoneNodes = ZoneNodes(apex: apex, nodes: namedNodes)
        for delegation in delegations {
            let name = delegation.nameservers.owner
            if zoneNodes[name, .ns] == nil { zoneNodes[name, .ns] = delegation.nameservers }
            zoneNodes[name, .ds] = delegation.ds
        }
        for rrset in signer.keyRRsets + additions { zoneNodes[rrset.owner, rrset.type] = rrset }
        zoneNodes.addEmptyNonTerminals()
        var nodes = zoneNodes.nodes
        for (name, node) in nodes {
            var node = node
            let isDelegation = name != apex && node.rrsets[.ns] != nil
            // Below a delegation, and at it except for DS, another server is the authority (RFC 4035 section 2.2).
            let signed = zoneNodes.isBelowDelegation(name) ? [] : node.rrsets.keys.filter { !isDelegation || $0 == .ds }
            for type in signed {
                guard let rrset = node.rrsets[type] else { continue }
                let old = previous?.rrset(at: name, type: type)
                node.rrsets[type] =
                    old.flatMap { signer.isGood($0, for: rrset, at: now) ? $0 : nil } ?? signer.signed(rrset, at: now)
            }
            let types = isDelegation ? signed + [.ns] : signed
            node.types = TypeBitmap(Set(types + [.rrsig, .nsec] + (name == apex ? [.soa] : [])))
            nodes[name] = node
        }
        return with(nodes, signer: signer)
    }

    /// Whether a signature ends soon. One that does not hold at all, after the clock was set, is found when the zone is signed again.
    package func hasDueSignatures(at now: UInt32) -> Bool {
        guard let signer, let earliestExpiration else { return false }
        return Int32(bitPattern: earliestExpiration &- now) < Int32(signer.policy.refresh)
    }
}

extension ZoneSigner {
    /// Whether an RRset that was signed before is the same, with the signatures that would be made now.
    fileprivate func isGood(_ old: RRset, for rrset: RRset, at now: UInt32) -> Bool {
        old.ttl == rrset.ttl && old.data == rrset.data && old.owner == rrset.owner
            && old.signatures.map(\.keyTag) == keys(for: rrset.type).map(\.tag)
            && !old.signatures.contains { policy.isDue($0, at: now, within: Self.margin) }
    }

    /// Signatures due within this number of seconds are renewed together with those due: making a zone again costs more than a few
    /// signatures.
    private static let margin: UInt32 = 6 * 3600
}

extension Zones {
    /// The zones, each signed if it has a signer. A zone inside another of them has its DS records there. The zones of name servers have
    /// the signals for all zones that these serve (RFC 9615 section 3).
    ///
    /// - Parameters:
    ///   - signers: the signers by apex.
    ///   - previous: the same zones as they were signed before.
    ///   - now: the system's time in seconds since 1970, modulo 2^32.
    package func signed(by signers: [DomainName: ZoneSigner], reusing previous: Zones?, at now: UInt32) -> Zones {
        var inside: [DomainName: [Zone]] = [:]
        for zone in all {
            guard let parent = parent(of: zone.apex) else { continue }
            inside[parent.apex, default: []].append(zone)
        }
        let signals = signals(by: signers)
        return Zones(
            all.map { zone in
                guard let signer = signers[zone.apex] else { return zone }
                let delegations = (inside[zone.apex] ?? []).map { inner in
                    Zone.Delegation(of: inner, ds: signers[inner.apex]?.delegationSigners(ttl: zone.negativeTTL))
                }
                return zone.signed(
                    by: signer, delegations: delegations, adding: signals[zone.apex] ?? [],
                    reusing: previous?.zone(withApex: zone.apex), at: now)
            })
    }

    /// The zone with the longest apex in which a name lies.
    package func zone(containing name: DomainName) -> Zone? {
        var ancestor: DomainName? = name
        while let current = ancestor {
            if let zone = zone(withApex: current) { return zone }
            ancestor = current.parent
        }
        return nil
    }

    /// The zone among these that delegates another one; `nil` if there is none, or if a zone of other servers lies between.
    package func parent(of apex: DomainName) -> Zone? {
        guard let parent = apex.parent.flatMap(zone(containing:)) else { return nil }
        var ancestor = apex.parent
        while let current = ancestor, current != parent.apex {
            if parent.rrset(at: current, type: .ns) != nil { return nil }
            ancestor = current.parent
        }
        return parent
    }

    /// The RRsets with which name servers signal for the zones that they serve, by the apex of the zone that has them.
    private func signals(by signers: [DomainName: ZoneSigner]) -> [DomainName: [RRset]] {
        var rrsets: [DomainName: [RRset]] = [:]
        for served in all {
            guard let signer = signers[served.apex] else { continue }
            for nameserver in served.nameservers {
                guard let zone = zone(containing: nameserver), let owner = signer.signalName(below: nameserver) else {
                    continue
                }
                rrsets[zone.apex, default: []] += signer.signals(at: owner)
            }
        }
        return rrsets
    }
}

extension Zone {
    /// How a zone delegates another one of this server.
    fileprivate struct Delegation {
        var nameservers: RRset
        /// `nil` if the zone is not signed, or asks for no DS.
        var ds: RRset?

        init(of zone: Zone, ds: RRset?) {
            nameservers = zone.delegation
            self.ds = ds
        }
    }
}
