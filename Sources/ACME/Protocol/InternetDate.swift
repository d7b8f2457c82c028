import FoundationEssentials

/// Dates in the forms of JSON documents (RFC 3339) and of HTTP (RFC 9110 section 5.6.7).
enum InternetDate {
    /// A time as of RFC 3339. A fraction of a second, which some authorities write, is left out.
    ///
    /// - Returns: `nil` if the text is no such time, or has no offset.
    static func date(rfc3339 text: String) -> Date? {
        let octets = Array(text.utf8)
        guard 20...40 ~= octets.count, octets[4] == UInt8(ascii: "-"), octets[7] == UInt8(ascii: "-"),
            [UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " ")].contains(octets[10]),
            let year = number(octets[0..<4]), let month = number(octets[5..<7]), let day = number(octets[8..<10]),
            let time = seconds(octets[11..<19])
        else { return nil }
        var rest = octets[19...]
        if rest.first == UInt8(ascii: ".") {
            let fraction = rest.dropFirst().prefix { 0x30...0x39 ~= $0 }
            guard !fraction.isEmpty else { return nil }
            rest = rest.dropFirst(fraction.count + 1)
        }
        guard let offset = offset(Array(rest)) else { return nil }
        return date(year: year, month: month, day: day, seconds: time - offset)
    }

    /// The offset from UTC in seconds.
    private static func offset(_ octets: [UInt8]) -> Int? {
        if octets == [UInt8(ascii: "Z")] || octets == [UInt8(ascii: "z")] { return 0 }
        guard octets.count == 6, octets[3] == UInt8(ascii: ":"), let hours = number(octets[1..<3]), hours < 24,
            let minutes = number(octets[4..<6]), minutes < 60
        else { return nil }
        switch octets[0] {
        case UInt8(ascii: "+"): return hours * 3600 + minutes * 60
        case UInt8(ascii: "-"): return -(hours * 3600 + minutes * 60)
        default: return nil
        }
    }

    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    /// A date in one of the three forms that a recipient must read.
    static func date(http text: String) -> Date? {
        let words = text.lowercased().split { " ,-".contains($0) }.map(String.init)
        // Sun, 06 Nov 1994 08:49:37 GMT; Sunday, 06-Nov-94 08:49:37 GMT; Sun Nov  6 08:49:37 1994
        guard 5...6 ~= words.count else { return nil }
        let isC = words.count == 5
        guard isC || words[5] == "gmt", let month = months.firstIndex(of: words[isC ? 1 : 2]),
            let day = number(Array(words[isC ? 2 : 1].utf8)[...]), var year = number(Array(words[isC ? 4 : 3].utf8)[...]),
            let time = seconds(Array(words[isC ? 3 : 4].utf8)[...])
        else { return nil }
        // RFC 850's years have two digits. This century's are meant: no authority writes one that is past for fifty years.
        if year < 100 { year += 2000 }
        return date(year: year, month: month + 1, day: day, seconds: time)
    }

    /// The seconds since midnight of `hh:mm:ss`. A leap second counts as the one before.
    private static func seconds(_ text: ArraySlice<UInt8>) -> Int? {
        let octets = Array(text)
        guard octets.count == 8, octets[2] == UInt8(ascii: ":"), octets[5] == UInt8(ascii: ":"),
            let hours = number(octets[0..<2]), hours < 24, let minutes = number(octets[3..<5]), minutes < 60,
            let seconds = number(octets[6..<8]), seconds <= 60
        else { return nil }
        return hours * 3600 + minutes * 60 + min(seconds, 59)
    }

    /// At most four digits.
    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard 1...4 ~= digits.count, digits.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    private static func date(year: Int, month: Int, day: Int, seconds: Int) -> Date? {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard 1970...9999 ~= year, 1...12 ~= month, 1...lengths[month - 1] ~= day else { return nil }
        let before = year - 1
        let days =
            before * 365 + before / 4 - before / 100 + before / 400 + lengths.prefix(month - 1).reduce(0, +) + day - 1
        return Date(timeIntervalSince1970: Double((days - 719_162) * 86_400 + seconds))
    }
}
