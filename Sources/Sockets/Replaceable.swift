import Synchronization

/// A value that many threads use and that is now and then replaced as a whole. Who uses it keeps a copy, and brings it up to date
/// where that suits: that costs one atomic read as long as it is the same.
package final class Replaceable<Value: Sendable>: Sendable {
    private let generation = Atomic<UInt64>(0)
    private let value: Mutex<Value>

    package init(_ value: Value) {
        self.value = Mutex(value)
    }

    /// The value as of one replacement.
    package struct Copy: Sendable {
        package fileprivate(set) var value: Value
        fileprivate var generation: UInt64
    }

    package var copy: Copy {
        value.withLock { Copy(value: $0, generation: generation.load(ordering: .relaxed)) }
    }

    package func replace(by new: Value) {
        value.withLock { value in
            value = new
            generation.wrappingAdd(1, ordering: .releasing)
        }
    }

    /// Brings a copy up to date.
    ///
    /// - Returns: whether it was not.
    @discardableResult
    package func refresh(_ copy: inout Copy) -> Bool {
        guard generation.load(ordering: .acquiring) != copy.generation else { return false }
        copy = self.copy
        return true
    }
}
