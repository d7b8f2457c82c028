/// A day of the Gregorian calendar, in UTC.
package struct CalendarDate: Hashable, Sendable {
    package let year: Int
    package let month: Int
    package let day: Int

    /// - Precondition: it is a day of the calendar.
    init(_ year: Int, _ month: Int, _ day: Int) {
        (self.year, self.month, self.day) = (year, month, day)
    }

    /// The day of a moment.
    ///
    /// - Parameter secondsSince1970: at most 10^14 s from 1970 on, either way; more counts as that.
    package init(secondsSince1970: Int64) {
        let seconds = min(max(secondsSince1970, -100_000_000_000_000), 100_000_000_000_000)
        func floored(_ number: Int64, by divisor: Int64) -> Int64 {
            number >= 0 ? number / divisor : -((divisor - 1 - number) / divisor)
        }
        // Years from March on, in eras of 400: the leap day is the last one of a year.
        let days = floored(seconds, by: 86_400) + 719_468
        let era = floored(days, by: 146_097)
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        self.init(
            Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0), Int(month), Int(dayOfYear - (153 * monthFromMarch + 2) / 5) + 1)
    }
}

extension CalendarDate: Comparable {
    package static func < (left: CalendarDate, right: CalendarDate) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }
}

extension CalendarDate: CustomStringConvertible {
    /// `YYYY-MM-DD`
    package var description: String {
        func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)-\(padded(month))-\(padded(day))"
    }
}
