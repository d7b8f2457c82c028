import DNS

/// The zones of this server.
package struct Zones: Sendable {
    package let all: [Zone]
    private let index: NameIndex
    private let labelCounts: [Int]
    private let apexes: [DomainName]

    /// So few zones are looked through faster than an index is asked for each ancestor of a name.
    private static let fewZones = 8

    /// - Precondition: no two have the same apex.
    package init(_ all: [Zone]) {
        self.all = all
        apexes = all.map(\.apex)
        labelCounts = apexes.map(\.labelCount)
        index = NameIndex(apexes)
    }

    func zone(withApex name: DomainName) -> Zone? {
        index.place(of: name.wire.span).map { all[$0] }
    }

    func labelCount(ofZone place: Int) -> Int { labelCounts[place] }

    /// The place of the zone in which a name lies: of several, the one with the longest apex. DS at an apex lies in the zone above
    /// it, if that one is here too (RFC 4035 section 3.1.4.1).
    func place(of name: Span<UInt8>, _ outline: borrowing NameOutline, type: RecordType) -> Int? {
        guard let place = place(of: name, outline, maximumLabels: outline.labelCount) else { return nil }
        guard type == .ds, labelCounts[place] == outline.labelCount, outline.labelCount > 0 else { return place }
        return self.place(of: name, outline, maximumLabels: outline.labelCount - 1) ?? place
    }

    private func place(of name: Span<UInt8>, _ outline: borrowing NameOutline, maximumLabels: Int) -> Int? {
        if all.count <= Self.fewZones {
            var found: Int?
            for place in all.indices {
                let labels = labelCounts[place]
                guard labels <= maximumLabels, found.map({ labelCounts[$0] < labels }) ?? true,
                    apexes[place].isEqual(to: name.extracting(outline.start(ofLast: labels)...))
                else { continue }
                found = place
            }
            return found
        }
        for labels in stride(from: maximumLabels, through: 0, by: -1) {
            if let place = index.place(of: name.extracting(outline.start(ofLast: labels)...)) { return place }
        }
        return nil
    }
}
