import Synchronization

/// The number of values up to each of several bounds. Not for events of every query: all observers share it.
package final class Histogram: Sendable {
    private let state: Mutex<Snapshot>

    package struct Snapshot: Sendable {
        /// Upper bounds, inclusive, rising.
        package var bounds: [Double]
        /// The number of values in each bucket alone; the last bucket has those above all bounds.
        package var counts: [UInt64]
        package var sum: Double

        package init(bounds: [Double], counts: [UInt64], sum: Double) {
            self.bounds = bounds
            self.counts = counts
            self.sum = sum
        }
    }

    /// From half a millisecond to ten seconds.
    package static let seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    package init(bounds: [Double]) {
        state = Mutex(Snapshot(bounds: bounds, counts: Array(repeating: 0, count: bounds.count + 1), sum: 0))
    }

    package func observe(_ value: Double) {
        state.withLock { state in
            let bucket = state.bounds.firstIndex { value <= $0 } ?? state.bounds.endIndex
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    package func observe(_ duration: Duration) {
        observe(duration / .seconds(1))
    }

    package var snapshot: Snapshot { state.withLock(\.self) }
}
