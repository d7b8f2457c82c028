import DNS

extension ZoneNodes {
    /// Why a zone or its delegation does not work with a name server, as far as the zone itself shows.
    struct NameserverProblem {
        var text: String
        /// Whether the zone itself cannot be found. A broken delegation harms only what is below it.
        var isOfApex: Bool
    }

    /// Checks a name server once all records are there.
    ///
    /// - Parameters:
    ///   - owner: the owner of the NS record.
    ///   - innerApexes: the apexes of zones with records of their own, delegated here or not.
    func problem(
        ofNameserver name: DomainName, of owner: DomainName, innerApexes: [DomainName] = []
    ) -> NameserverProblem? {
        func problem(_ reason: String) -> NameserverProblem {
            NameserverProblem(text: "\(owner) NS \(name): " + reason, isOfApex: owner == apex)
        }
        guard name.isAtOrBelow(apex) else { return nil }
        let isInside = innerApexes.contains { $0 != apex && $0.isAtOrBelow(apex) && name.isAtOrBelow($0) }
        guard !isInside else { return nil }
        if let delegation = delegation(of: name) {
            // A resolver that follows this delegation has no other way to the address. A name below another delegation is reached through
            // that one.
            let needsAddress = delegation == owner && nodes[name]?.hasAddress != true
            return needsAddress
                ? problem(
                    "the name is below the delegation and has no address here, without which no resolver can reach it "
                        + "(RFC 1034 section 4.2.1): add one like “\(name) 3600 IN A 192.0.2.53”") : nil
        }
        guard let node = node(answering: name) else {
            return problem("there is no such name in the zone: add its address, like “\(name) 3600 IN A 192.0.2.53”")
        }
        if node.rrsets[.cname] != nil {
            return problem(
                "the name is a CNAME, which a name server must not be (RFC 2181 section 10.3): write what it leads to")
        }
        return node.hasAddress
            ? nil : problem("the name has no address in the zone: add one like “\(name) 3600 IN A 192.0.2.53”")
    }

    /// The topmost delegated name between the apex and this one, or this one itself; `nil` if the zone is the authority for it.
    private func delegation(of name: DomainName) -> DomainName? {
        var delegated: DomainName?
        var current: DomainName? = name
        while let ancestor = current, ancestor != apex {
            if nodes[ancestor]?.rrsets[.ns] != nil { delegated = ancestor }
            current = ancestor.parent
        }
        return delegated
    }

    /// The node that answers for a name: its own, or the wildcard that stands for it (RFC 4592 section 3.3.1).
    private func node(answering name: DomainName) -> Zone.Node? {
        if let node = nodes[name] { return node }
        var current = name.parent
        while let ancestor = current, ancestor.isAtOrBelow(apex) {
            if ancestor == apex || nodes[ancestor] != nil {
                return ancestor.prepending(label: "*".utf8).flatMap { nodes[$0] }
            }
            current = ancestor.parent
        }
        return nil
    }
}

extension Zone.Node {
    fileprivate var hasAddress: Bool { rrsets[.a] != nil || rrsets[.aaaa] != nil }
}

extension DomainName {
    /// Whether this is an IPv4 or IPv6 address written as if it were a name: with a dot after it, or below another name.
    var isAddress: Bool {
        let labels = labels.map { String(decoding: $0, as: UTF8.self) }
        if labels.count >= 4, IPv4Address(labels.prefix(4).joined(separator: ".")) != nil { return true }
        return labels.first.map { $0.contains(":") && IPv6Address($0) != nil } ?? false
    }
}
