package import DNS
package import DNSSEC
import Delegates

extension Zone {
    /// The zone with its keys and, over all that it is an authority for, signatures.
    ///
    /// - Parameters:
    ///   - additions: further RRsets, at names that need not exist.
    ///   - previous: the same zone as it was signed before; signatures that still go with it are taken from there.
    ///   - now: the system's time in seconds since 1970, modulo 2^32.
    package func signed(by signer: ZoneSigner, adding additions: [RRset] = [], reusing previous: Zone?, at now: UInt32) -> Zone
    {
        var zoneNodes = ZoneNodes(apex: apex, nodes: namedNodes)
        for rrset in signer.keyRRsets + additions { zoneNodes[rrset.owner, rrset.type] = rrset }
        zoneNodes.addEmptyNonTerminals()
        var nodes = zoneNodes.nodes
        for (name, node) in nodes {
            var node = node
            let isDelegation = name != apex && node.rrsets[.ns] != nil
            // Below a delegation, and at it but for DS, another server is the authority (RFC 4035 section 2.2).
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

    /// The first moment at which a signature that was made ahead ends, in seconds since 1970, modulo 2^32; nothing if there is none.
    package var earliestExpiration: UInt32? {
        rrsets.flatMap(\.signatures).map(\.expiration).min { Int32(bitPattern: $0 &- $1) < 0 }
    }

    /// In seconds.
    package var highestTTL: UInt32 { max(soaTTL, rrsets.map(\.ttl).max() ?? 0, DelegateAnswers.issuanceTTL) }

    /// Whether a signature should be replaced.
    package func hasDueSignatures(at now: UInt32) -> Bool {
        guard let signer else { return false }
        return rrsets.contains { $0.signatures.contains { signer.policy.isDue($0, at: now) } }
    }
}

extension ZoneSigner {
    /// Whether an RRset that was signed before is the same, and its signatures are those that would be made now.
    fileprivate func isGood(_ old: RRset, for rrset: RRset, at now: UInt32) -> Bool {
        old.ttl == rrset.ttl && old.data == rrset.data && old.owner == rrset.owner
            && old.signatures.map(\.keyTag) == keys(for: rrset.type).map(\.tag)
            && !old.signatures.contains { policy.isDue($0, at: now) }
    }
}

extension Zones {
    /// The zones, each signed that has a signer. A zone inside another one of them has its DS records there, and the name servers' zones
    /// have the signals for all that they serve (RFC 9615 section 3).
    ///
    /// - Parameters:
    ///   - signers: by apex.
    ///   - previous: the same zones as they were signed before.
    ///   - now: the system's time in seconds since 1970, modulo 2^32.
    package func signed(by signers: [DomainName: ZoneSigner], reusing previous: Zones?, at now: UInt32) -> Zones {
        Zones(
            all.map { zone in
                guard let signer = signers[zone.apex] else { return zone }
                let inside = all.filter { inner in
                    inner.apex.parent.flatMap(zone(containing:))?.apex == zone.apex
                }
                let ds = inside.compactMap { inner in signers[inner.apex]?.delegationSigners(ttl: zone.negativeTTL) }
                return zone.signed(
                    by: signer, adding: ds + signals(in: zone, signers), reusing: previous?.zone(withApex: zone.apex), at: now)
            })
    }

    package func zone(containing name: DomainName) -> Zone? {
        all.filter { name.isAtOrBelow($0.apex) }.max { $0.apex.wire.count < $1.apex.wire.count }
    }

    /// What the names of name servers in a zone say about the zones that they serve.
    private func signals(in zone: Zone, _ signers: [DomainName: ZoneSigner]) -> [RRset] {
        var rrsets: [DomainName: [RRset]] = [:]
        for served in all {
            guard let signer = signers[served.apex] else { continue }
            for nameserver in served.nameservers where self.zone(containing: nameserver)?.apex == zone.apex {
                guard let owner = signer.signalName(below: nameserver) else { continue }
                rrsets[owner] = signer.signals(at: owner)
            }
        }
        return rrsets.values.flatMap(\.self)
    }
}
