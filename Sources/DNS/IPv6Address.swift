/// An IPv6 address.
package struct IPv6Address: Hashable, Sendable {
    /// The first eight octets as a number.
    package let high: UInt64
    /// The last eight octets as a number.
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// - Precondition: sixteen octets.
    package init(octets: [UInt8]) {
        precondition(octets.count == 16)
        high = octets[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = octets[8...].reduce(0) { $0 << 8 | UInt64($1) }
    }

    package var octets: [UInt8] {
        [high, low].flatMap { half in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: half >> UInt64($0)) }
        }
    }

    /// Reads any form of RFC 4291 section 2.2, without a zone identifier.
    package init?(_ text: some StringProtocol) {
        var text = String(text)
        var tail: [UInt8] = []
        if text.contains(".") {
            // The last 32 bits are in dotted decimal.
            guard let colon = text.lastIndex(of: ":"), let last = IPv4Address(text[text.index(after: colon)...])
            else { return nil }
            tail = last.octets
            text = String(text[...colon])
            if text.hasSuffix("::") {
                // The gap reaches up to the dotted part: leave it whole.
            } else {
                text.removeLast()
            }
        }

        let halves = text.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        switch halves.count {
        case 1:
            guard let groups = Self.groups(halves[0]), groups.count + tail.count == 16 else { return nil }
            self.init(octets: groups + tail)
        case 2:
            guard let front = Self.groups(halves[0]), let back = Self.groups(halves[1]) else { return nil }
            let missing = 16 - front.count - back.count - tail.count
            guard missing >= 2 else { return nil }
            self.init(octets: front + [UInt8](repeating: 0, count: missing) + back + tail)
        default:
            return nil
        }
    }

    private static func groups(_ text: Substring) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        var octets: [UInt8] = []
        for group in text.split(separator: ":", omittingEmptySubsequences: false) {
            guard 1...4 ~= group.count, group.allSatisfy(\.isHexDigit), let value = UInt16(group, radix: 16)
            else { return nil }
            octets.append(UInt8(value >> 8))
            octets.append(UInt8(truncatingIfNeeded: value))
        }
        return octets.count <= 16 ? octets : nil
    }

    /// The IPv4 address that an IPv4-mapped address carries (`::ffff:192.0.2.1`, RFC 4291 section 2.5.5.2).
    package var mappedIPv4: IPv4Address? {
        guard high == 0, low >> 32 == 0xFFFF else { return nil }
        return IPv4Address(number: UInt32(truncatingIfNeeded: low))
    }
}

extension IPv6Address: CustomStringConvertible {
    /// The canonical text form (RFC 5952).
    package var description: String {
        if let mappedIPv4 { return "::ffff:\(mappedIPv4)" }
        let groups = stride(from: 0, to: 16, by: 2).map { UInt16(octets[$0]) << 8 | UInt16(octets[$0 + 1]) }

        // The longest run of two or more zero groups, the first if several are equally long.
        var gap: Range<Int>?
        var index = 0
        while index < 8 {
            let end = groups[index...].firstIndex { $0 != 0 } ?? 8
            if end - index >= 2, end - index > gap?.count ?? 0 { gap = index..<end }
            index = max(end, index + 1)
        }

        func text(_ part: some Sequence<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard let gap else { return text(groups) }
        return text(groups[..<gap.lowerBound]) + "::" + text(groups[gap.upperBound...])
    }
}
