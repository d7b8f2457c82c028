import Delegates
import TestSupport
import Testing

struct ValueRetentionTests {
    /// Ages in seconds, oldest first, and the number of values that are kept.
    @Test(
        arguments: [
            ([], 0),
            ([99_999], 1),
            ([99_999, 99_998], 2),
            ([3600, 3599, 10, 5], 3),
            ([3600, 3600, 3600], 2),
            ([3599, 3599, 3599], 3),
            ([7200, 3600, 4000], 2),
            (Array(repeating: 1, count: 64), 64),
            (Array(repeating: 1, count: 65), 64),
            (Array(repeating: 9999, count: 70), 2),
            // The system's clock went back between two starts: a value that is fresh by its age stays, and all after it.
            ([10, 9999, 9999, 9999], 4),
        ] as [([Int64], Int)])
    func `values of an hour are kept, the last two always, 64 at most`(ages: [Int64], kept: Int) {
        let now = Samples.start
        let published = ages.map { Timestamp(secondsSinceEpoch: now.secondsSinceEpoch - $0) }
        #expect(ValueRetention.kept(of: published, now: now) == ages.count - kept..<ages.count)
    }
}
