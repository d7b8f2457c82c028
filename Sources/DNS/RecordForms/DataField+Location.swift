/// Geographical locations (RFC 1876).
extension DataField {
    /// `DEGREES [MINUTES [SECONDS]] N|S DEGREES [MINUTES [SECONDS]] E|W ALTITUDE[m] [SIZE[m] [HORIZONTAL[m] [VERTICAL[m]]]]`
    static let location = DataField { fields throws(PresentationError) in
        let latitude = try readAngle(&fields, "latitude", degrees: 90, positive: "N", negative: "S")
        let longitude = try readAngle(&fields, "longitude", degrees: 180, positive: "E", negative: "W")
        let height = try readCentimetres(&fields, "altitude")
        guard let altitude = UInt32(exactly: height + lowestAltitude) else {
            throw PresentationError("a LOC altitude is from -100000.00 to 42849672.95 metres")
        }
        var precisions: [UInt8] = []
        for (what, defaultValue) in [("size", 0x12), ("horizontal precision", 0x16), ("vertical precision", 0x13)]
            as [(String, UInt8)]
        {
            precisions.append(fields.isAtEnd ? defaultValue : try readPrecision(&fields, what))
        }
        return [0] + precisions + [latitude, longitude, altitude].flatMap(RecordData.octets)
    } write: { data throws(MessageError) in
        guard try data.uint8() == 0 else { throw data.malformed() }
        let precisions = try data.octets(3)
        guard precisions.allSatisfy({ $0 >> 4 <= 9 && $0 & 0xF <= 9 && ($0 >> 4 > 0 || $0 == 0) }),
            let latitude = angle(try data.uint32(), degrees: 90, positive: "N", negative: "S"),
            let longitude = angle(try data.uint32(), degrees: 180, positive: "E", negative: "W")
        else { throw data.malformed() }
        let altitude = metres(Int(try data.uint32()) - lowestAltitude)
        let sizes = precisions.map { metres(Int($0 >> 4) * powerOfTen(Int($0 & 0xF))) }
        return ([latitude, longitude, altitude] + sizes).joined(separator: " ")
    }

    /// The depth of the lowest altitude below the reference spheroid, in centimetres.
    private static let lowestAltitude = 10_000_000
    /// The value for the equator and the prime meridian.
    private static let zeroAngle = 1 << 31

    private static func powerOfTen(_ exponent: Int) -> Int { (0..<exponent).reduce(1) { power, _ in power * 10 } }

    // MARK: Angles

    private static func readAngle(
        _ fields: inout RecordFields, _ what: String, degrees maximum: Int, positive: String, negative: String
    ) throws(PresentationError) -> UInt32 {
        var parts: [Int] = []
        while true {
            let text = try fields.next(what).text
            let direction = text.uppercased()
            if direction == positive || direction == negative {
                let thousandths = zip(parts, [3_600_000, 60_000, 1]).reduce(0) { $0 + $1.0 * $1.1 }
                guard !parts.isEmpty, thousandths <= maximum * 3_600_000 else {
                    throw PresentationError(
                        "a LOC \(what) has at most \(maximum) degrees before its \(positive) or \(negative)")
                }
                return UInt32(zeroAngle + (direction == positive ? thousandths : -thousandths))
            }
            // Degrees and minutes are whole; seconds have up to three decimals.
            let number = decimal(text, places: parts.count == 2 ? 3 : 0)
            let limit = [maximum + 1, 60, 60_000].dropFirst(parts.count).first ?? 0
            guard let number, 0..<limit ~= number else {
                throw PresentationError("“\(text)” is not part of a LOC \(what) like 52 22 23.000 \(positive)")
            }
            parts.append(number)
        }
    }

    private static func angle(_ value: UInt32, degrees maximum: Int, positive: String, negative: String) -> String? {
        let thousandths = Int(value) - zeroAngle
        let size = abs(thousandths)
        guard size <= maximum * 3_600_000 else { return nil }
        let seconds = fraction(size % 60_000, places: 3)
        return "\(size / 3_600_000) \(size / 60_000 % 60) \(seconds) \(thousandths < 0 ? negative : positive)"
    }

    // MARK: Lengths

    private static func readCentimetres(_ fields: inout RecordFields, _ what: String) throws(PresentationError) -> Int {
        let text = try fields.next(what).text
        let number = text.lowercased().hasSuffix("m") ? String(text.dropLast()) : text
        guard let centimetres = decimal(number, places: 2) else {
            throw PresentationError("a LOC \(what) is metres with up to two decimals, not “\(text)”")
        }
        return centimetres
    }

    /// Reads a length as one digit and a power of ten, in centimetres. It rounds down, as other name servers do.
    private static func readPrecision(_ fields: inout RecordFields, _ what: String) throws(PresentationError) -> UInt8 {
        var digit = try readCentimetres(&fields, what)
        guard 0...9_000_000_000 ~= digit else { throw PresentationError("a LOC \(what) is from 0 to 90000000.00 metres") }
        var exponent: UInt8 = 0
        while digit > 9 {
            digit /= 10
            exponent += 1
        }
        return UInt8(digit) << 4 | exponent
    }

    private static func metres(_ centimetres: Int) -> String { fraction(centimetres, places: 2) + "m" }

    // MARK: Decimals

    /// Reads a number with at most `places` decimals, as a multiple of the last place.
    private static func decimal(_ text: String, places: Int) -> Int? {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        let parts = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let decimals = parts.count > 1 ? parts[1] : ""
        guard digits.utf8.count <= 12, !parts[0].isEmpty, decimals.utf8.count <= places,
            parts.allSatisfy({ $0.utf8.allSatisfy { 0x30...0x39 ~= $0 } }),
            let number = Int(parts[0] + decimals)
        else { return nil }
        let multiple = number * powerOfTen(places - decimals.utf8.count)
        return text.hasPrefix("-") ? -multiple : multiple
    }

    private static func fraction(_ multiple: Int, places: Int) -> String {
        let unit = powerOfTen(places)
        let decimals = String(abs(multiple) % unit + unit).dropFirst()
        return "\(multiple < 0 ? "-" : "")\(abs(multiple) / unit).\(decimals)"
    }
}
