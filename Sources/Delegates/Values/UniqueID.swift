/// A random identifier in the form of a version 4 UUID (RFC 9562 section 5.4): what the acme-dns API uses as user name and as a
/// delegate's label.
package struct UniqueID: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    /// Makes an identifier of 122 random bits.
    package init(using generator: inout some RandomNumberGenerator) {
        high = generator.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        low = generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    }

    /// Makes an identifier from the first 128 bits of a digest, in the form of version 8 (RFC 9562 section 5.8): the same one each time.
    init(digest: [UInt8]) {
        func word(_ octets: ArraySlice<UInt8>) -> UInt64 { octets.reduce(0) { $0 << 8 | UInt64($1) } }
        high = word(digest.prefix(8)) & 0xFFFF_FFFF_FFFF_0FFF | 0x8000
        low = word(digest.dropFirst(8).prefix(8)) & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    }

    /// Makes an identifier that is unique and cannot be guessed.
    package static func random() -> UniqueID {
        var generator = SystemRandomNumberGenerator()
        return UniqueID(using: &generator)
    }

    /// Reads 32 hexadecimal digits in any case, with dashes in the usual places or none at all.
    package init?(_ text: some StringProtocol) {
        self.init(Array(text.utf8).span)
    }

    package init?(_ octets: Span<UInt8>) {
        let hasDashes = octets.count == 36
        guard hasDashes || octets.count == 32 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for index in octets.indices {
            if hasDashes, Self.isDash(index) {
                guard octets[index] == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = Self.digit(octets[index]) else { return nil }
            high = high << 4 | low >> 60
            low = low << 4 | digit
        }
        self.high = high
        self.low = low
    }

    /// Whether the usual form has a dash at a place.
    private static func isDash(_ index: Int) -> Bool { index == 8 || index == 13 || index == 18 || index == 23 }

    private static func digit(_ octet: UInt8) -> UInt64? {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(octet - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(octet - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(octet - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}

extension UniqueID: CustomStringConvertible {
    private static let digits = Array("0123456789abcdef".utf8)

    /// Lower case, with dashes.
    package var description: String {
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for shift in stride(from: 124, through: 0, by: -4) {
            let word = shift >= 64 ? high >> (shift - 64) : low >> shift
            text.append(Self.digits[Int(word & 0xF)])
            if Self.isDash(text.count) { text.append(UInt8(ascii: "-")) }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension UniqueID: Comparable {
    /// The order of their texts.
    package static func < (left: UniqueID, right: UniqueID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}
