package import PrometheusMetrics
import Synchronization

/// Counts and times the commits since the start.
package final class StorageStatistics: Sendable {
    private let durations = Histogram(bounds: Histogram.seconds)
    private let changes = Histogram(bounds: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000])
    private let failures = Atomic<UInt64>(0)

    func count(_ changeCount: Int, duration: Duration, _ result: Result<some Any, CommitFailure>) {
        durations.observe(duration)
        changes.observe(Double(changeCount))
        if case .failure = result { failures.wrappingAdd(1, ordering: .relaxed) }
    }

    package func write(waiting: Int, isUp: Bool, to exposition: inout Exposition) {
        exposition.write(
            "nuncio_storage_commit_seconds", "Duration of commits, including failed ones.", [([], durations.snapshot)])
        exposition.write(
            "nuncio_storage_commit_changes", "Number of changes in a commit.", [([], changes.snapshot)])
        exposition.write(
            .counter, "nuncio_storage_commit_failures_total", "Commits that failed.",
            Double(failures.load(ordering: .relaxed)))
        exposition.write(.gauge, "nuncio_storage_waiting_changes", "Changes that are waiting to be durable.", Double(waiting))
        exposition.write(
            .gauge, "nuncio_storage_up", "Whether the last commit succeeded and none is stalled: 1 or 0.", isUp ? 1 : 0)
    }
}
