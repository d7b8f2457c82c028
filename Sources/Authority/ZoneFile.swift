package import DNS

/// Makes a zone from the records of a master file.
package struct ZoneFile {
    /// Nothing if there are problems.
    package let zone: Zone?
    package let problems: [MasterFile.Problem]

    package init(_ file: MasterFile) {
        var problems = file.problems
        var zone: Zone?
        if let (start, line) = file.records.first(where: { $0.record.data.type == .soa }) {
            var nodes = ZoneNodes(apex: start.owner)
            for (record, line) in file.records {
                if let text = nodes.add(record) { problems.append(MasterFile.Problem(line: line, text: text)) }
            }
            if let nameservers = nodes[start.owner, .ns] {
                nodes.addEmptyNonTerminals()
                zone = Zone(
                    apex: start.owner, nameservers: nameservers.data.compactMap(\.target),
                    startOfAuthority: .record(start), nodes: nodes.nodes)
            } else if problems.isEmpty {
                problems.append(MasterFile.Problem(line: line, text: "the zone \(start.owner) has no NS records at its apex"))
            }
        } else if problems.isEmpty {
            problems.append(MasterFile.Problem(line: 1, text: "there is no SOA record, which says whose zone this is"))
        }
        self.problems = problems.sorted { $0.line < $1.line }
        self.zone = problems.isEmpty ? zone : nil
    }
}
