/// A fully qualified domain name (RFC 1034 section 3.1).
///
/// A name keeps its case, but compares without it (RFC 4343). A value of this type is always well formed: labels of 1 to 63 octets, at most
/// 255 octets in all, the root label at the end.
package struct DomainName: Sendable {
    /// The uncompressed wire form of 1 to 255 octets: each label after its length, then the root label's zero.
    package let wire: [UInt8]

    package static let maximumWireLength = 255
    package static let maximumLabelLength = 63
    /// The number of labels of one octet in a name of 255 octets.
    package static let maximumLabelCount = 127

    package static let root = DomainName(wellFormedWire: [0])

    /// - Precondition: `wire` is a well-formed uncompressed name.
    init(wellFormedWire wire: [UInt8]) {
        self.wire = wire
    }

    package var isRoot: Bool { wire.count == 1 }

    /// The number of labels, without the root label.
    package var labelCount: Int {
        var count = 0
        var position = 0
        while wire[position] != 0 {
            position += Int(wire[position]) + 1
            count += 1
        }
        return count
    }

    /// The labels from left to right, without the root label.
    package var labels: [ArraySlice<UInt8>] {
        var labels: [ArraySlice<UInt8>] = []
        var position = 0
        while wire[position] != 0 {
            let end = position + 1 + Int(wire[position])
            labels.append(wire[position + 1..<end])
            position = end
        }
        return labels
    }

    /// Calls `body` with the first label, without its length. For the root the span is empty.
    package func withFirstLabel<Outcome>(_ body: (Span<UInt8>) throws -> Outcome) rethrows -> Outcome {
        try body(wire.span.extracting(1..<max(1, Int(wire[0]) + 1)))
    }

    /// The name without its first label; `nil` for the root.
    package var parent: DomainName? {
        isRoot ? nil : DomainName(wellFormedWire: Array(wire[(Int(wire[0]) + 1)...]))
    }

    /// Returns the name that consists of the last labels.
    ///
    /// - Precondition: the name has at least that number of labels.
    package func suffix(labelCount wanted: Int) -> DomainName {
        var position = 0
        for _ in 0..<labelCount - wanted { position += Int(wire[position]) + 1 }
        return position == 0 ? self : DomainName(wellFormedWire: Array(wire[position...]))
    }

    /// Returns the name with a label prepended; `nil` if the label is empty, or the label or the result too long.
    package func prepending(label: some Collection<UInt8>) -> DomainName? {
        guard 1...Self.maximumLabelLength ~= label.count, label.count + 1 + wire.count <= Self.maximumWireLength
        else { return nil }
        return DomainName(wellFormedWire: [UInt8(label.count)] + label + wire)
    }

    /// Whether this name is `ancestor` or a name below it.
    package func isAtOrBelow(_ ancestor: DomainName) -> Bool {
        let start = wire.count - ancestor.wire.count
        guard start >= 0 else { return false }
        var position = 0
        while position < start { position += Int(wire[position]) + 1 }
        return position == start && ASCIICase.equal(wire.span.extracting(start...), ancestor.wire.span)
    }

    /// Whether a name in wire form equals this one.
    package func isEqual(to wire: Span<UInt8>) -> Bool { ASCIICase.equal(self.wire.span, wire) }

    /// The same name in lower case, the form in which names are stored.
    package var lowercased: DomainName {
        DomainName(wellFormedWire: wire.map(ASCIICase.lowercased))
    }
}

extension DomainName: Hashable {
    package static func == (left: DomainName, right: DomainName) -> Bool {
        ASCIICase.equal(left.wire.span, right.wire.span)
    }

    package func hash(into hasher: inout Hasher) {
        ASCIICase.forEachWord(of: wire.span) { hasher.combine($0) }
    }
}
