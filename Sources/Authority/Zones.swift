package import DNS

/// The zones of this server.
package struct Zones: Sendable {
    package let all: [Zone]
    private let index: NameIndex
    private let labelCounts: [Int]
    /// Whether an apex is directly below another one.
    private let hasNeighbours: Bool

    /// The number of zones up to which a scan is faster than an index lookup for each ancestor of a name.
    private static let fewZones = 8

    /// - Precondition: no two have the same apex.
    package init(_ all: [Zone]) {
        self.all = all
        labelCounts = all.map(\.apex.labelCount)
        let apexes = Set(all.map(\.apex))
        hasNeighbours = apexes.contains { apex in apex.parent.map(apexes.contains) ?? false }
        index = NameIndex(all.map(\.apex))
    }

    package func zone(withApex name: DomainName) -> Zone? {
        index.place(of: name.wire.span).map { all[$0] }
    }

    func labelCount(ofZone place: Int) -> Int { labelCounts[place] }

    /// The place of the zone whose apex is a name's parent: where delegates are. `nil` if there is no such zone, or if it takes more work
    /// to find.
    func place(directlyAbove name: Span<UInt8>) -> Int? {
        guard !hasNeighbours, labelCounts.count <= Self.fewZones, name[0] > 0 else { return nil }
        let parent = name.extracting((Int(name[0]) + 1)...)
        for place in labelCounts.indices where index.isName(parent, at: place) { return place }
        return nil
    }

    /// The place of the zone in which a name lies: of several, the one with the longest apex. DS at an apex lies in the zone above it, if
    /// that one is here, too (RFC 4035 section 3.1.4.1).
    func place(of name: Span<UInt8>, _ outline: borrowing NameOutline, type: RecordType) -> Int? {
        guard let place = place(of: name, outline, maximumLabels: outline.labelCount) else { return nil }
        guard type == .ds, labelCounts[place] == outline.labelCount, outline.labelCount > 0 else { return place }
        return self.place(of: name, outline, maximumLabels: outline.labelCount - 1) ?? place
    }

    private func place(of name: Span<UInt8>, _ outline: borrowing NameOutline, maximumLabels: Int) -> Int? {
        if labelCounts.count <= Self.fewZones {
            var found: Int?
            var most = -1
            for place in labelCounts.indices {
                let labels = labelCounts[place]
                guard labels <= maximumLabels, labels > most,
                    index.isName(name.extracting(outline.start(ofLast: labels)...), at: place)
                else { continue }
                found = place
                most = labels
            }
            return found
        }
        for labels in stride(from: maximumLabels, through: 0, by: -1) {
            if let place = index.place(of: name.extracting(outline.start(ofLast: labels)...)) { return place }
        }
        return nil
    }
}
