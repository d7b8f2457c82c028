import DNS

extension Zones {
    /// The zones, each with delegations of this server's zones that lie in it and that it does not delegate itself. What the parent is
    /// asked about a child (DS, RFC 4035 section 3.1.4.1), and the names between the two apexes, then exist in the parent.
    package func delegatingInnerZones() -> Zones {
        var inside: [DomainName: [Zone]] = [:]
        for zone in all {
            guard let parent = parent(of: zone.apex), parent.rrset(at: zone.apex, type: .ns) == nil else { continue }
            inside[parent.apex, default: []].append(zone)
        }
        guard !inside.isEmpty else { return self }
        return Zones(all.map { zone in inside[zone.apex].map(zone.delegating) ?? zone })
    }
}

extension Zone {
    /// The NS records with which the zone above delegates this one.
    var delegation: RRset {
        RRset(owner: apex, type: .ns, ttl: ZoneBuilder.nameserverTTL, data: nameservers.map { .ns($0) })
    }

    fileprivate func delegating(_ inner: [Zone]) -> Zone {
        var nodes = ZoneNodes(apex: apex, nodes: namedNodes)
        for child in inner {
            nodes[child.apex, .ns] = child.delegation
            // A delegated name cannot be an alias here.
            nodes[child.apex, .cname] = nil
            for nameserver in child.nameservers where nameserver.isAtOrBelow(child.apex) {
                for type in [RecordType.a, .aaaa] where nodes[nameserver, type] == nil {
                    // Glue, for secondaries that have a copy of this zone alone.
                    if let addresses = child.rrset(at: nameserver, type: type) { nodes[nameserver, type] = addresses }
                }
            }
        }
        nodes.addEmptyNonTerminals()
        return with(nodes.nodes, signer: signer)
    }
}
