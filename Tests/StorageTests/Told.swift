import Delegates
import Synchronization

/// The entries that a follower was told.
final class Told: Sendable {
    private let state = Mutex<[FeedEntry]>([])

    var entries: [FeedEntry] { state.withLock(\.self) }

    func add(_ entry: FeedEntry) { state.withLock { $0.append(entry) } }
}
