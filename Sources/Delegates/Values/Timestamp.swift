/// A moment, in whole seconds since 1970-01-01T00:00:00Z.
///
/// Moments tell only how old something is: the ``ChangeSequence`` of two changes tells which came first.
package struct Timestamp: Hashable, Comparable, Sendable {
    package var secondsSinceEpoch: Int64

    package init(secondsSinceEpoch: Int64) {
        self.secondsSinceEpoch = secondsSinceEpoch
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.secondsSinceEpoch < right.secondsSinceEpoch
    }

    /// - Parameter duration: truncated to whole seconds.
    package func advanced(by duration: Duration) -> Timestamp {
        Timestamp(secondsSinceEpoch: secondsSinceEpoch + duration.components.seconds)
    }
}
