/// A moment, in whole seconds since 1970-01-01T00:00:00Z.
///
/// Moments tell how old something is and nothing else: which of two changes came first is told by their ``ChangeSequence``.
package struct Timestamp: Hashable, Comparable, Sendable {
    package var secondsSinceEpoch: Int64

    package init(secondsSinceEpoch: Int64) {
        self.secondsSinceEpoch = secondsSinceEpoch
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.secondsSinceEpoch < right.secondsSinceEpoch
    }

    /// - Parameter duration: rounded down to whole seconds.
    package func advanced(by duration: Duration) -> Timestamp {
        Timestamp(secondsSinceEpoch: secondsSinceEpoch + duration.components.seconds)
    }
}
