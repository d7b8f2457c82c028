extension DomainName {
    /// Returns the name that directly follows a name in canonical order (RFC 4471 section 3.1.1, RFC 9824 section 3.1): no name can lie
    /// between the two. Both are in wire form, and the result is in lower case.
    ///
    /// - Parameter apex: the zone's apex, to which the order returns after the zone's last name.
    package static func successor(of name: Span<UInt8>, apex: DomainName) -> [UInt8] {
        if name.count + 2 <= maximumWireLength {
            // Prepend a label of one zero octet.
            var wire: [UInt8] = [1, 0]
            wire.reserveCapacity(name.count + 2)
            append(name, to: &wire)
            return wire
        }
        // There is no room for another label: take the least greater name that is not below this one.
        var start = 0
        while start < name.count - apex.wire.count {
            let end = start + 1 + Int(name[start])
            var label = (start + 1..<end).map { ASCIICase.lowercased(name[$0]) }
            if label.count < maximumLabelLength, name.count - start < maximumWireLength {
                label.append(0)
            } else {
                while label.last == 0xFF { label.removeLast() }
                guard let last = label.last else {
                    start = end
                    continue
                }
                // The capitals after “@” count as small letters in this order.
                label[label.count - 1] = last == UInt8(ascii: "@") ? UInt8(ascii: "[") : last + 1
            }
            var wire = [UInt8(label.count)] + label
            append(name.extracting(end...), to: &wire)
            return wire
        }
        return apex.lowercased.wire
    }

    private static func append(_ name: Span<UInt8>, to wire: inout [UInt8]) {
        for index in name.indices { wire.append(ASCIICase.lowercased(name[index])) }
    }
}
