import ArgumentParser
import Foundation

/// A moment for the API, as people write it: `90d` or `12h` from now, a day, or a whole time of RFC 3339.
struct ExpiryArgument: ExpressibleByArgument {
    /// The moment in UTC, in the format of RFC 3339.
    let text: String

    init?(argument: String) {
        if let duration = DurationArgument(argument: argument) {
            guard duration.seconds > 0 else { return nil }
            text = Date(timeIntervalSinceNow: Double(duration.seconds)).formatted(.iso8601)
        } else if argument.wholeMatch(of: /\d{4}-\d{2}-\d{2}/) != nil {
            guard (try? Date(argument + "T00:00:00Z", strategy: .iso8601)) != nil else { return nil }
            text = argument + "T00:00:00Z"
        } else {
            guard let date = try? Date(argument, strategy: .iso8601) else { return nil }
            text = date.formatted(.iso8601)
        }
    }
}

/// A duration as people write it: `90d`, `24h`, `30m`, `0s`.
struct DurationArgument: ExpressibleByArgument {
    let seconds: Int

    init?(argument: String) {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = argument.last.flatMap({ units[$0] }), let count = Int(argument.dropLast()), 0...1_000_000 ~= count
        else { return nil }
        seconds = count * unit
    }

    init(seconds: Int) {
        self.seconds = seconds
    }

    var defaultValueDescription: String { "\(seconds / 3600)h" }
}
