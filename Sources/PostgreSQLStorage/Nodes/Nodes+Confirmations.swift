import Delegates
import PostgreSQL
import PrometheusMetrics
import StorageParts
import Synchronization

/// Waiting until other nodes have a change.
extension Nodes {
    /// Takes the rows of nodes that a transaction has read, and the last change in the database.
    func note(_ rows: [Members.Row], began: ContinuousClock.Instant, end: ChangeSequence) {
        let shown = following.place.sequence
        state.withLock { state in
            state.members.take(rows, began: began, ended: .now, shown: shown)
            state.end = end
        }
        settle()
    }

    /// Waits until every other node that is alive shows all changes up to one.
    ///
    /// - Throws: ``StorageError/unavailable(_:)`` if that takes too long.
    func confirm(_ place: ChangeSequence, until deadline: ContinuousClock.Instant) async throws(StorageError) {
        let began = ContinuousClock.now
        let isAlone = state.withLock { state in
            state.members.noteShown(place, at: began)
            return state.members.missing(for: place, at: began).isEmpty
        }
        if isAlone { return }
        let failure = await Answer<StorageError?>.awaited { answer in
            state.withLock {
                $0.waiting.append(Waiting(place: place, began: began, deadline: deadline, answer: answer))
            }
            settle()
        }
        confirmations.observe(began.duration(to: .now))
        if let failure { throw failure }
    }

    /// Answers those whose changes all others have.
    func settle() {
        let now = ContinuousClock.now
        let settled = state.withLock { state in
            let settled = state.waiting.filter { state.members.missing(for: $0.place, at: now).isEmpty }
            if !settled.isEmpty { state.waiting.removeAll { state.members.missing(for: $0.place, at: now).isEmpty } }
            return settled
        }
        for waiting in settled { waiting.answer.give(nil) }
    }

    /// Answers those that have waited long enough. To be called several times a second.
    func checkWaiting() {
        settle()
        let now = ContinuousClock.now
        let (late, names) = state.withLock { state in
            let late = state.waiting.filter { now >= $0.deadline }
            state.waiting.removeAll { now >= $0.deadline }
            return (late, late.last.map { state.members.missing(for: $0.place, at: now) } ?? [])
        }
        let error = StorageError.unavailable(
            "not every node has confirmed the change in time: \(names.joined(separator: ", "))")
        for waiting in late { waiting.answer.give(error) }
    }
}
