package import FoundationEssentials

/// When the next request is welcome (RFC 9110 section 10.2.3).
package enum RetryAfter: Hashable, Sendable {
    case delay(seconds: Int64)
    case moment(Date)

    /// - Returns: `nil` if the text is neither a number of seconds nor a date.
    package init?(_ text: String) {
        guard text.utf8.count <= 64 else { return nil }
        let text = text.drop { $0 == " " || $0 == "\t" }.prefix { $0 != "\t" }
        let digits = text.prefix { $0 != " " }
        if !digits.isEmpty, digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }),
            text.dropFirst(digits.count).allSatisfy({ $0 == " " })
        {
            // A number that is too large is a wait without end: it is bounded where it is used.
            self = .delay(seconds: min(Int64(digits) ?? .max, 1_000_000_000))
        } else if let date = InternetDate.date(http: String(text)) {
            self = .moment(date)
        } else {
            return nil
        }
    }

    /// The time to wait from a moment on, within bounds; a moment that is past gives the lower one.
    package func wait(from now: Date, within bounds: ClosedRange<Duration>) -> Duration {
        let wait: Duration =
            switch self {
            case .delay(let seconds): .seconds(seconds)
            case .moment(let date): .seconds(max(0, min(date.timeIntervalSince(now), 1_000_000_000)))
            }
        return min(max(wait, bounds.lowerBound), bounds.upperBound)
    }
}
