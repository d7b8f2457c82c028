import Dispatch
import Synchronization

/// A check of the disk on another thread, which is not awaited. None begins while an earlier one hangs.
final class BackgroundLook: Sendable {
    private let isUnderWay = Atomic(false)

    func begin(_ look: @escaping @Sendable () -> Void) {
        guard !isUnderWay.exchange(true, ordering: .acquiringAndReleasing) else { return }
        DispatchQueue.global().async { [self] in
            look()
            isUnderWay.store(false, ordering: .releasing)
        }
    }
}
