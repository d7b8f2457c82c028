import DNS
import DNSClient
import Sockets

/// Whether every name server of the delegates' zone has the newest state of the delegate.
extension Judgement {
    var propagation: Check {
        guard let sight = facts.delegateZone, let delegate = leadsTo else {
            return Check(.propagation, [Finding(.unknown, "there is no delegate to compare")])
        }
        let apex = sight.zone.apex
        var findings: [Finding] = []
        let serials = sight.servers.map { ($0.server.text, ($0.overUDP.value ?? $0.overTCP.value)?.serial) }
        let values = sight.servers.map { ($0.server.text, $0.values.value) }
        let seenSerials = Set(serials.compactMap(\.1))
        let seenValues = Set(values.compactMap(\.1))
        // The server was asked for the delegate that is expected, the name servers for the one to which the CNAME leads.
        if case .seen(.present(let contents))? = facts.held, let held = contents.values, self.delegate == delegate {
            let wanted = Set(held)
            for (server, values) in values where values != nil && values != wanted {
                findings.append(
                    Finding(
                        .error, "\(server) has other values of \(delegate.text) than the server",
                        found: records(delegate, values ?? []), expected: records(delegate, wanted),
                        remedy: ["see whether \(server) is a copy that gets no transfers"]))
            }
        } else if seenValues.count > 1 {
            findings.append(
                Finding(
                    .error, "the name servers of \(apex.text) have different values of \(delegate.text)",
                    found: values.map { "\($0.0): \(records(delegate, $0.1 ?? []).inWords)" },
                    remedy: ["compare the serial numbers of \(apex), and see which server gets no transfers"]))
        }
        let newest = examination.server?.zones.first { $0.apex == apex }?.serial
        if let newest, seenSerials != [newest], !seenSerials.isEmpty {
            // The server may have gone on while others were asked.
            let behind = serials.filter { $0.1.map { SerialNumber(newest).isNewer(than: SerialNumber($0)) } ?? false }
            for (server, serial) in behind {
                findings.append(
                    Finding(
                        .warning, "\(server) has an older state of \(apex.text)", found: ["serial \(serial ?? 0)"],
                        expected: ["serial \(newest)"], remedy: ["see whether \(server) gets transfers"]))
            }
        } else if newest == nil, seenSerials.count > 1 {
            findings.append(
                Finding(
                    .warning, "the name servers of \(apex.text) have different serial numbers",
                    found: serials.map { "\($0.0): serial \($0.1.map(String.init) ?? "unknown")" },
                    remedy: ["see which server gets no transfers"]))
        }
        findings += resolverFindings(delegate)
        guard findings.isEmpty else { return Check(.propagation, findings) }
        guard !seenSerials.isEmpty else {
            return Check(.propagation, [Finding(.unknown, "no name server of \(apex.text) answered")])
        }
        return Check(.propagation, [Finding(.ok, "all name servers of \(apex.text) that answer have the same state")])
    }

    /// Resolvers that still remember something else: an authority's have no such memory, but clients that wait for a value do.
    private func resolverFindings(_ delegate: DomainName) -> [Finding] {
        facts.resolvers.compactMap { sight in
            switch sight.answer {
            case .unseen(let reason): return Finding(.warning, "the resolver \(sight.resolver.hostText) \(reason)")
            case .seen(let answer):
                guard answer.targets.last != delegate else { return nil }
                let names = answer.targets.map(\.text)
                return Finding(
                    .warning,
                    "the resolver \(sight.resolver.hostText) sees \(names.isEmpty ? "no CNAME" : names.inWords) at \(challengeName.text): "
                        + "it remembers an older answer",
                    found: names, expected: [delegate.text], remedy: ["wait until the TTL of the older record has passed"])
            }
        }
    }

    private func records(_ delegate: DomainName, _ values: Set<String>) -> [String] {
        values.isEmpty ? ["\(delegate) has no TXT"] : values.sorted().map { Self.found(delegate, .txt($0.utf8.prefix(255))) }
    }
}
