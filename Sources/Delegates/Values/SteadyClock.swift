/// The clock for everything that needs to know an age.
///
/// The clock of a running server is read from the system at start and moves steadily from there on, so that setting the system's clock can
/// neither expire a value nor revive one.
package struct SteadyClock: Sendable {
    private let read: @Sendable () -> Timestamp

    package init(_ read: @escaping @Sendable () -> Timestamp) {
        self.read = read
    }

    /// Makes a clock that reads `start` now and moves with the time that passes, also while the machine sleeps.
    package init(startingAt start: Timestamp) {
        let began = ContinuousClock.now
        self.init { start.advanced(by: began.duration(to: .now)) }
    }

    package var now: Timestamp { read() }
}
