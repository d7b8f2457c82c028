package import FoundationEssentials

/// When the next attempt may be made after failures. It is stored: a restart is no reason to try at once.
package struct BackOff: Hashable, Sendable, Codable {
    /// The number of failures since the last success.
    package private(set) var failures = 0
    private var last: Date?
    private var next: Date?

    /// The wait after the first failure, in seconds; it doubles with each.
    static let shortest: TimeInterval = 60
    /// The longest wait, in seconds, unless the authority asks for a longer one: 6 hours.
    static let longest: TimeInterval = 6 * 3600
    /// The longest wait, in seconds, if no order was made because of something here, as a record that is missing: 5 minutes.
    static let longestForObstacle: TimeInterval = 300
    /// The longest wait that an authority can ask for, in seconds: a day.
    static let longestAsked: TimeInterval = 86_400
    /// The part of a wait by which it can be longer, so that many servers do not come back at once.
    static let jitter = 0.25

    package init() {}

    /// - Parameter random: a number from 0 to 1.
    package mutating func fail(
        at now: Date, retryAfter: RetryAfter?, random: Double, longest: TimeInterval = BackOff.longest
    ) {
        failures += 1
        let wait = min(Self.shortest * Double(UInt64(1) << min(failures - 1, 20)), longest) * (1 + Self.jitter * random)
        let asked = retryAfter.map {
            Double($0.wait(from: now, within: .zero ... .seconds(Self.longestAsked)).components.seconds)
        }
        last = now
        next = now.addingTimeInterval(max(wait, asked ?? 0))
    }

    package mutating func succeed() { self = BackOff() }

    /// The moment from which an attempt may be made; `nil` for at once. A clock that was set back to before the failure ends the wait.
    package func end(at now: Date) -> Date? {
        guard let last, let next, now < next, now >= last else { return nil }
        return next
    }
}
