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
