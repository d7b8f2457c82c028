import CValidator

/// The number by which C on another thread is told to stop.
final class StopNumber: Sendable {
    /// The address of a number that is written and read atomically, by C alone. It is there as long as this object.
    private let address: UInt

    init() {
        let pointer = UnsafeMutablePointer<CInt>.allocate(capacity: 1)
        unsafe pointer.initialize(to: 0)
        address = UInt(bitPattern: pointer)
    }

    deinit { unsafe pointer?.deallocate() }

    var pointer: UnsafeMutablePointer<CInt>? { unsafe UnsafeMutablePointer(bitPattern: address) }

    func stop() { unsafe cvalidator_stop(pointer) }
}
