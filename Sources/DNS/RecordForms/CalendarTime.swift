/// A calendar date and time in UTC, from 1970 on.
struct CalendarTime {
    private let year, month, day, hour, minute, second: Int

    init(secondsSinceEpoch: UInt32) {
        let seconds = Int(secondsSinceEpoch)
        (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)
        var days = seconds / 86_400
        var year = 1970
        while days >= Self.days(inYear: year) {
            days -= Self.days(inYear: year)
            year += 1
        }
        var month = 1
        while days >= Self.days(inMonth: month, of: year) {
            days -= Self.days(inMonth: month, of: year)
            month += 1
        }
        (self.year, self.month, day) = (year, month, days + 1)
    }

    /// - Parameter digits: the fourteen digits of year, month, day, hour, minute and second.
    init?(digits: [Int]) {
        guard digits.count == 14 else { return nil }
        func number(_ range: Range<Int>) -> Int { digits[range].reduce(0) { $0 * 10 + $1 } }
        (year, month, day) = (number(0..<4), number(4..<6), number(6..<8))
        (hour, minute, second) = (number(8..<10), number(10..<12), number(12..<14))
        guard year >= 1970, 1...12 ~= month, 1...Self.days(inMonth: month, of: year) ~= day, hour < 24, minute < 60,
            second < 60
        else { return nil }
    }

    /// The seconds modulo 2^32, as such numbers are compared (RFC 4034 section 3.1.5).
    var secondsSinceEpoch: UInt32 {
        var days = day - 1
        for earlier in 1970..<year { days += Self.days(inYear: earlier) }
        for earlier in 1..<month { days += Self.days(inMonth: earlier, of: year) }
        return UInt32(truncatingIfNeeded: ((days * 24 + hour) * 60 + minute) * 60 + second)
    }

    private static func isLeap(_ year: Int) -> Bool {
        year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
    }

    private static func days(inYear year: Int) -> Int { isLeap(year) ? 366 : 365 }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension CalendarTime: CustomStringConvertible {
    /// `YYYYMMDDHHmmSS`
    var description: String {
        func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)" + [month, day, hour, minute, second].map(padded).joined()
    }
}
