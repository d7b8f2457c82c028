import Authority
import DNS
import Delegates

/// What one thread has answered: counts of each metric. Only that thread writes; others may read.
final class QueryCounters: Sendable {
    // Two objects share no cache line: nothing is at both ends.
    private let before = InlineArray<8, UInt64>(repeating: 0)
    private let queriesOverIPv4 = LabelCounts<TypeLabel, 19>()
    private let queriesOverIPv6 = LabelCounts<TypeLabel, 19>()
    private let codes = LabelCounts<CodeLabel, 10>()
    private let querySizes = BucketCounts<SizeBucket, 7>()
    private let responseSizes = BucketCounts<SizeBucket, 7>()
    private let durations = BucketCounts<DurationBucket, 10>()
    private let events = LabelCounts<EventLabel, 7>()
    private let after = InlineArray<8, UInt64>(repeating: 0)

    /// Counts a message and what became of it.
    ///
    /// - Parameters:
    ///   - queryLength: in octets.
    ///   - response: read only if there is one.
    func count(
        _ exchange: Exchange, queryLength: Int, response: borrowing MessageWriter, from address: IPAddress
    ) {
        switch exchange.outcome {
        case .ignored: return events.add(to: .ignored)
        case .droppedByRateLimit: events.add(to: .droppedByRateLimit)
        case .truncatedByRateLimit: events.add(to: .truncatedByRateLimit)
        case .response: break
        }
        switch AddressFamily(address) {
        case .ipv4: queriesOverIPv4.add(to: TypeLabel(exchange.type))
        case .ipv6: queriesOverIPv6.add(to: TypeLabel(exchange.type))
        }
        querySizes.add(UInt64(queryLength), in: SizeBucket(queryLength))
        // Most queries have none of these.
        if exchange.madeSignatures > 0 { events.add(UInt64(exchange.madeSignatures), to: .madeSignature) }
        if exchange.reusedSignatures > 0 { events.add(UInt64(exchange.reusedSignatures), to: .reusedSignature) }
        if exchange.isUnsigned { events.add(to: .unsigned) }
        guard exchange.hasResponse else { return }
        codes.add(to: CodeLabel(exchange.code))
        responseSizes.add(UInt64(response.count), in: SizeBucket(response.count))
        if response.isTruncated { events.add(to: .truncated) }
    }

    /// Counts, for each response of a batch, the time from the batch's receipt until its responses had been sent.
    func count(responses: Int, nanoseconds: UInt64) {
        durations.add(nanoseconds, in: DurationBucket(nanoseconds: nanoseconds), times: UInt64(responses))
    }

    /// Adds these counts to a sum.
    func add(to sum: inout QuerySum) {
        queriesOverIPv4.add(to: &sum.queries[.ipv4, default: LabelSums()])
        queriesOverIPv6.add(to: &sum.queries[.ipv6, default: LabelSums()])
        codes.add(to: &sum.codes)
        querySizes.add(to: &sum.querySizes)
        responseSizes.add(to: &sum.responseSizes)
        durations.add(to: &sum.durations)
        events.add(to: &sum.events)
    }
}

/// The sums of several threads' counts.
struct QuerySum: Sendable {
    var queries: [AddressFamily: LabelSums<TypeLabel>] = [:]
    var codes = LabelSums<CodeLabel>()
    var querySizes = BucketSums<SizeBucket>()
    var responseSizes = BucketSums<SizeBucket>()
    var durations = BucketSums<DurationBucket>()
    var events = LabelSums<EventLabel>()
}
