import Synchronization

/// The counts of one metric, one for each value of its label. One thread adds, so that adding needs no locked instruction; others may read.
struct LabelCounts<Label: QueryLabel, let size: Int>: ~Copyable, Sendable {
    private let counts = InlineArray<size, Atomic<UInt64>> { _ in Atomic(0) }

    init() {
        precondition(size == Label.allCases.count)
    }

    func add(_ number: UInt64 = 1, to label: Label) {
        let place = label.rawValue
        counts[place].store(counts[place].load(ordering: .relaxed) &+ number, ordering: .relaxed)
    }

    /// Adds these counts to a sum.
    func add(to sum: inout LabelSums<Label>) {
        for label in Label.allCases { sum[label] &+= counts[label.rawValue].load(ordering: .relaxed) }
    }
}

/// The counts of a histogram: the values of each bucket, and the sum of all values.
struct BucketCounts<Label: Bucket, let size: Int>: ~Copyable, Sendable {
    private let counts = LabelCounts<Label, size>()
    private let total = Atomic<UInt64>(0)

    /// Adds a number of equal values.
    func add(_ value: UInt64, in bucket: Label, times number: UInt64 = 1) {
        counts.add(number, to: bucket)
        total.store(total.load(ordering: .relaxed) &+ value &* number, ordering: .relaxed)
    }

    /// Adds these counts to a sum.
    func add(to sum: inout BucketSums<Label>) {
        counts.add(to: &sum.counts)
        sum.total &+= total.load(ordering: .relaxed)
    }
}

/// The sums of several threads' counts.
struct LabelSums<Label: QueryLabel>: Sendable {
    private var sums = [UInt64](repeating: 0, count: Label.allCases.count)

    subscript(label: Label) -> UInt64 {
        get { sums[label.rawValue] }
        set { sums[label.rawValue] = newValue }
    }
}

/// The sums of several threads' histograms.
struct BucketSums<Label: Bucket>: Sendable {
    var counts = LabelSums<Label>()
    var total: UInt64 = 0
}
