/// Octets as digits (RFC 4648). The reading functions return `nil` for invalid input.
extension Presentation {
    static func hexadecimal(_ octets: some Sequence<UInt8>) -> String {
        octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Reads pairs of digits, in either case.
    static func octets(ofHexadecimal digits: some Collection<UInt8>) -> [UInt8]? {
        guard digits.count.isMultiple(of: 2) else { return nil }
        return octets(of: digits, bitsPerDigit: 4) { digit in
            switch digit {
            case 0x30...0x39: digit - 0x30
            case 0x41...0x46: digit - 0x41 + 10
            case 0x61...0x66: digit - 0x61 + 10
            default: nil
            }
        }
    }

    /// Base64 with its padding (RFC 4648 section 4).
    static func base64(_ octets: some Collection<UInt8>) -> String {
        var text = digits(of: octets, bitsPerDigit: 6) { value in
            switch value {
            case 0..<26: UInt8(ascii: "A") + value
            case 26..<52: UInt8(ascii: "a") + value - 26
            case 52..<62: UInt8(ascii: "0") + value - 52
            case 62: UInt8(ascii: "+")
            default: UInt8(ascii: "/")
            }
        }
        while !text.utf8.count.isMultiple(of: 4) { text += "=" }
        return text
    }

    /// Reads base64, which must have its padding.
    static func octets(ofBase64 digits: some Collection<UInt8>) -> [UInt8]? {
        let padding = digits.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        guard digits.count.isMultiple(of: 4), padding <= 2 else { return nil }
        return octets(of: digits.dropLast(padding), bitsPerDigit: 6) { digit in
            switch digit {
            case 0x41...0x5A: digit - 0x41
            case 0x61...0x7A: digit - 0x61 + 26
            case 0x30...0x39: digit - 0x30 + 52
            case UInt8(ascii: "+"): 62
            case UInt8(ascii: "/"): 63
            default: nil
            }
        }
    }

    /// Base32 with the hexadecimal alphabet (RFC 4648 section 7), without padding, as in NSEC3 (RFC 5155 section 3.3).
    static func base32Hexadecimal(_ octets: some Collection<UInt8>) -> String {
        digits(of: octets, bitsPerDigit: 5) { $0 < 10 ? UInt8(ascii: "0") + $0 : UInt8(ascii: "a") + $0 - 10 }
    }

    static func octets(ofBase32Hexadecimal digits: some Collection<UInt8>) -> [UInt8]? {
        octets(of: digits, bitsPerDigit: 5) { digit in
            switch digit {
            case 0x30...0x39: digit - 0x30
            case 0x41...0x56: digit - 0x41 + 10
            case 0x61...0x76: digit - 0x61 + 10
            default: nil
            }
        }
    }

    private static func digits(
        of octets: some Collection<UInt8>, bitsPerDigit: Int, digit: (UInt8) -> UInt8
    ) -> String {
        var text: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for octet in octets {
            bits = bits << 8 | UInt32(octet)
            count += 8
            while count >= bitsPerDigit {
                count -= bitsPerDigit
                text.append(digit(UInt8(bits >> UInt32(count))))
                bits &= 1 << UInt32(count) - 1
            }
        }
        if count > 0 { text.append(digit(UInt8(bits << UInt32(bitsPerDigit - count)))) }
        return String(decoding: text, as: UTF8.self)
    }

    /// The leftover bits must be zero and fewer than a digit has, so that octets have only one valid text.
    private static func octets(
        of digits: some Collection<UInt8>, bitsPerDigit: Int, value: (UInt8) -> UInt8?
    ) -> [UInt8]? {
        var octets: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for digit in digits {
            guard let value = value(digit) else { return nil }
            bits = bits << UInt32(bitsPerDigit) | UInt32(value)
            count += bitsPerDigit
            guard count >= 8 else { continue }
            count -= 8
            octets.append(UInt8(bits >> UInt32(count)))
            bits &= 1 << UInt32(count) - 1
        }
        return bits == 0 && count < bitsPerDigit ? octets : nil
    }
}
