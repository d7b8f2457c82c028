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

/// The clock that is handed to everything that needs to know an age.
///
/// The one of a running server is read from the system at start and moves steadily from there on, so that setting the system's
/// clock can neither expire a value nor revive one.
package struct SteadyClock: Sendable {
    private let read: @Sendable () -> Timestamp

    package init(_ read: @escaping @Sendable () -> Timestamp) {
        self.read = read
    }

    /// A clock that says `start` now and moves with the time that the machine is on.
    package init(startingAt start: Timestamp) {
        let began = ContinuousClock.now
        self.init { start.advanced(by: began.duration(to: .now)) }
    }

    package var now: Timestamp { read() }
}

/// The place of a change in the order of all changes of a store. It grows with each change and is never used twice; the SOA
/// serial is made from it.
package struct ChangeSequence: Hashable, Comparable, Sendable {
    package var number: UInt64

    package init(_ number: UInt64) {
        self.number = number
    }

    package static func < (left: ChangeSequence, right: ChangeSequence) -> Bool {
        left.number < right.number
    }
}
