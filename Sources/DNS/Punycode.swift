/// Conversion of characters to ASCII and back (RFC 3492).
enum Punycode {
    private static let base: UInt32 = 36
    private static let minimumThreshold: UInt32 = 1
    private static let maximumThreshold: UInt32 = 26
    private static let firstBias: UInt32 = 72
    private static let firstCode: UInt32 = 0x80

    /// - Returns: the ASCII characters of a label without the prefix “xn--”; `nil` for more than 63 characters, which no label has.
    static func encoded(_ scalars: [Unicode.Scalar]) -> String? {
        guard scalars.count <= DomainName.maximumLabelLength else { return nil }
        let basic = scalars.filter(\.isASCII)
        var text = ""
        text.unicodeScalars.append(contentsOf: basic)
        if !basic.isEmpty { text += "-" }
        // At most 63 characters of at most 0x10FFFF: no number exceeds 2^27.
        var (code, delta, bias, handled) = (firstCode, UInt32(0), firstBias, basic.count)
        while let next = scalars.lazy.map(\.value).filter({ $0 >= code }).min() {
            delta += (next - code) * UInt32(handled + 1)
            code = next
            for scalar in scalars {
                if scalar.value < code { delta += 1 }
                guard scalar.value == code else { continue }
                append(delta, bias: bias, to: &text)
                bias = adapted(delta, count: handled + 1, isFirst: handled == basic.count)
                delta = 0
                handled += 1
            }
            delta += 1
            code += 1
        }
        return text
    }

    /// - Parameter text: what follows the prefix “xn--”, in lower case.
    /// - Returns: `nil` if the text is invalid.
    static func decoded(_ text: String) -> [Unicode.Scalar]? {
        var scalars: [Unicode.Scalar] = []
        var digits = Array(text.utf8)[...]
        guard digits.count <= DomainName.maximumLabelLength, digits.allSatisfy({ $0 < 0x80 }) else { return nil }
        if let delimiter = digits.lastIndex(of: UInt8(ascii: "-")), delimiter > 0 {
            scalars = digits[..<delimiter].map { Unicode.Scalar($0) }
            digits = digits[(delimiter + 1)...]
        }
        var (code, place, bias) = (firstCode, UInt32(0), firstBias)
        while !digits.isEmpty {
            guard let delta = takeNumber(from: &digits, bias: bias), delta <= UInt32.max - place else { return nil }
            let count = scalars.count + 1
            bias = adapted(delta, count: count, isFirst: place == 0)
            let (steps, index) = (place + delta).quotientAndRemainder(dividingBy: UInt32(count))
            guard steps <= 0x10FFFF - code, let scalar = Unicode.Scalar(code + steps) else { return nil }
            code += steps
            scalars.insert(scalar, at: Int(index))
            place = index + 1
        }
        return scalars
    }

    /// Writes a number in the digits of section 3.3: the last digit is below a threshold that depends on its place.
    private static func append(_ number: UInt32, bias: UInt32, to text: inout String) {
        var rest = number
        var place = base
        while true {
            let threshold = threshold(at: place, bias: bias)
            guard rest >= threshold else { break }
            let range = base - threshold
            text.unicodeScalars.append(digit(threshold + (rest - threshold) % range))
            rest = (rest - threshold) / range
            place += base
        }
        text.unicodeScalars.append(digit(rest))
    }

    private static func takeNumber(from digits: inout ArraySlice<UInt8>, bias: UInt32) -> UInt32? {
        var number: UInt32 = 0
        var weight: UInt32 = 1
        var place = base
        while let octet = digits.popFirst() {
            guard let digit = value(of: octet) else { return nil }
            let (product, isTooLarge) = digit.multipliedReportingOverflow(by: weight)
            guard !isTooLarge, product <= UInt32.max - number else { return nil }
            number += product
            let threshold = threshold(at: place, bias: bias)
            if digit < threshold { return number }
            let (next, overflow) = weight.multipliedReportingOverflow(by: base - threshold)
            guard !overflow else { return nil }
            weight = next
            place += base
        }
        return nil
    }

    private static func threshold(at place: UInt32, bias: UInt32) -> UInt32 {
        place <= bias ? minimumThreshold : min(place - bias, maximumThreshold)
    }

    /// Adapts the bias (section 6.1).
    private static func adapted(_ delta: UInt32, count: Int, isFirst: Bool) -> UInt32 {
        var delta = isFirst ? delta / 700 : delta / 2
        delta += delta / UInt32(count)
        var steps: UInt32 = 0
        while delta > (base - minimumThreshold) * maximumThreshold / 2 {
            delta /= base - minimumThreshold
            steps += base
        }
        return steps + (base - minimumThreshold + 1) * delta / (delta + 38)
    }

    /// The digits are `a` to `z`, then `0` to `9`.
    private static func digit(_ value: UInt32) -> Unicode.Scalar {
        Unicode.Scalar(UInt8(truncatingIfNeeded: value < 26 ? 0x61 + value : 0x30 + value - 26))
    }

    private static func value(of octet: UInt8) -> UInt32? {
        switch octet {
        case 0x61...0x7A: UInt32(octet) - 0x61
        case 0x30...0x39: UInt32(octet) - 0x30 + 26
        default: nil
        }
    }
}
