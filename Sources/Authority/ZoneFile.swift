package import DNS

/// Makes a zone from the records of a master file.
package struct ZoneFile {
    /// `nil` if there are problems.
    package let zone: Zone?
    package let problems: [MasterFile.Problem]
    /// What is odd, but does not keep the zone from being served.
    package let warnings: [MasterFile.Problem]

    /// - Parameters:
    ///   - apex: the apex that the zone must have; `nil` to take the SOA record's owner.
    ///   - otherApexes: the apexes of zones with records of their own. Name servers in them are not checked.
    package init(_ file: MasterFile, apex: DomainName? = nil, otherApexes: [DomainName] = []) {
        var problems = file.problems
        var warnings = file.warnings
        var zone: Zone?
        func report(_ text: String, at line: Int) { problems.append(MasterFile.Problem(line: line, text: text)) }
        if let (start, line) = file.records.first(where: { $0.record.data.type == .soa }) {
            if let apex, apex != start.owner {
                report("the SOA record is that of \(start.owner), but the file was given as the zone \(apex)", at: line)
            }
            var nodes = ZoneNodes(apex: start.owner)
            for (record, line) in file.records {
                var record = record
                if let warning = nodes.adoptTTL(in: &record) {
                    warnings.append(MasterFile.Problem(line: line, text: warning))
                }
                if let text = nodes.add(record) { report(text, at: line) }
            }
            if let nameservers = nodes[start.owner, .ns] {
                nodes.addEmptyNonTerminals()
                for (record, line) in file.records where record.data.type == .ns {
                    guard let name = record.data.target, !name.isAddress,
                        let problem = nodes.problem(ofNameserver: name, of: record.owner, innerApexes: otherApexes)
                    else { continue }
                    // As BIND does.
                    if problem.isOfApex {
                        report(problem.text, at: line)
                    } else {
                        warnings.append(MasterFile.Problem(line: line, text: problem.text))
                    }
                }
                zone = Zone(
                    apex: start.owner, nameservers: nameservers.data.compactMap(\.target),
                    startOfAuthority: .record(start), nodes: nodes.nodes)
            } else if problems.isEmpty {
                report("the zone \(start.owner) has no NS records at its apex", at: line)
            }
        } else if problems.isEmpty {
            report("there is no SOA record, which gives the zone’s name", at: 1)
        }
        self.problems = problems.sorted { $0.line < $1.line }
        self.warnings = warnings.sorted { $0.line < $1.line }
        self.zone = problems.isEmpty ? zone : nil
    }
}
