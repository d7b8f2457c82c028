import Authority
import DNS
import Delegates
import Synchronization

/// What one thread has answered. Only that thread writes, so counting needs no locked instruction; others may read.
final class QueryCounters: Sendable {
    private let counts = InlineArray<112, Atomic<UInt64>> { _ in Atomic(0) }

    /// The start of each list in the array, as plain numbers: these are read for each query. Eight places at both ends stay unused, so that
    /// two objects share no cache line.
    private enum Place {
        static let queries = 8
        static let queriesOverIPv6 = 27
        static let codes = 46
        static let querySizes = 56
        static let responseSizes = 64
        static let durations = 72
        static let outcomes = 83
        static let end = 90
    }

    private enum OutcomePlace: Int {
        case truncated, truncatedByRateLimit, droppedByRateLimit, ignored, madeSignatures, reusedSignatures, unsigned

        static let count = 7
    }

    init() {
        precondition(Place.queriesOverIPv6 == Place.queries + QueryLabels.types.count)
        precondition(Place.codes == Place.queriesOverIPv6 + QueryLabels.types.count)
        precondition(Place.querySizes == Place.codes + QueryLabels.codes.count)
        precondition(Place.responseSizes == Place.querySizes + QueryLabels.sizes.count + 2)
        precondition(Place.durations == Place.responseSizes + QueryLabels.sizes.count + 2)
        precondition(Place.outcomes == Place.durations + QueryLabels.durations.count + 2)
        precondition(Place.end == Place.outcomes + OutcomePlace.count)
        precondition(Place.end + 8 <= counts.count)
    }

    private func add(_ number: UInt64 = 1, at place: Int) {
        counts[place].store(counts[place].load(ordering: .relaxed) &+ number, ordering: .relaxed)
    }

    private func count(_ outcome: OutcomePlace) { add(at: Place.outcomes + outcome.rawValue) }

    private func count(_ number: UInt8, of outcome: OutcomePlace) {
        add(UInt64(number), at: Place.outcomes + outcome.rawValue)
    }

    /// Counts a message and what became of it.
    ///
    /// - Parameters:
    ///   - queryLength: in octets.
    ///   - response: read only if there is one.
    func count(
        _ exchange: Exchange, queryLength: Int, response: borrowing MessageWriter, from address: IPAddress
    ) {
        switch exchange.outcome {
        case .ignored: return count(.ignored)
        case .droppedByRateLimit: count(.droppedByRateLimit)
        case .truncatedByRateLimit: count(.truncatedByRateLimit)
        case .response: break
        }
        let queries = if case .v4 = address { Place.queries } else { Place.queriesOverIPv6 }
        add(at: queries + QueryLabels.place(of: exchange.type))
        countSize(queryLength, at: Place.querySizes)
        // Most queries have none of these.
        if exchange.madeSignatures > 0 { count(exchange.madeSignatures, of: .madeSignatures) }
        if exchange.reusedSignatures > 0 { count(exchange.reusedSignatures, of: .reusedSignatures) }
        if exchange.isUnsigned { count(.unsigned) }
        guard exchange.hasResponse else { return }
        add(at: Place.codes + QueryLabels.place(of: exchange.code))
        countSize(response.count, at: Place.responseSizes)
        if response.isTruncated { count(.truncated) }
    }

    private func countSize(_ octets: Int, at place: Int) {
        add(at: place + QueryLabels.place(ofSize: octets))
        add(UInt64(octets), at: place + 7)
    }

    /// Counts, for each response of a batch, the time from the batch's receipt until its responses had been sent.
    func count(responses: Int, nanoseconds: UInt64) {
        let bucket = QueryLabels.durations.firstIndex { nanoseconds <= $0 } ?? QueryLabels.durations.endIndex
        add(UInt64(responses), at: Place.durations + bucket)
        add(UInt64(responses) &* nanoseconds, at: Place.outcomes - 1)
    }

    /// Adds these counts to a sum.
    func add(to sum: inout QuerySum) {
        func read(_ start: Int, _ count: Int) -> [UInt64] {
            (start..<start + count).map { counts[$0].load(ordering: .relaxed) }
        }
        func add(_ values: [UInt64], to sum: inout [UInt64]) {
            sum = zip(sum, values).map { $0 &+ $1 }
        }
        add(read(Place.queries, 2 * QueryLabels.types.count), to: &sum.queries)
        add(read(Place.codes, QueryLabels.codes.count), to: &sum.codes)
        add(read(Place.querySizes, QueryLabels.sizes.count + 2), to: &sum.querySizes)
        add(read(Place.responseSizes, QueryLabels.sizes.count + 2), to: &sum.responseSizes)
        add(read(Place.durations, QueryLabels.durations.count + 2), to: &sum.durations)
        add(read(Place.outcomes, OutcomePlace.count), to: &sum.outcomes)
    }
}

/// The sums of several threads' counts, in the counters' lists.
struct QuerySum: Sendable {
    var queries = [UInt64](repeating: 0, count: 2 * QueryLabels.types.count)
    var codes = [UInt64](repeating: 0, count: QueryLabels.codes.count)
    var querySizes = [UInt64](repeating: 0, count: QueryLabels.sizes.count + 2)
    var responseSizes = [UInt64](repeating: 0, count: QueryLabels.sizes.count + 2)
    var durations = [UInt64](repeating: 0, count: QueryLabels.durations.count + 2)
    /// Truncated, truncated by the rate limit, dropped by it, ignored; signatures made, reused; responses that lack theirs.
    var outcomes = [UInt64](repeating: 0, count: 7)
}

/// The labels of counts: bounded sets, whatever is asked.
enum QueryLabels {
    static let types = [
        "A", "AAAA", "NS", "SOA", "CNAME", "MX", "TXT", "CAA", "DS", "DNSKEY", "HTTPS", "SVCB", "SRV", "PTR", "ANY", "AXFR",
        "IXFR",
        "other", "none",
    ]
    static let codes = [
        "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "NOTAUTH", "BADVERS", "BADCOOKIE", "other",
    ]
    /// In octets, inclusive.
    static let sizes = [64, 128, 256, 512, 1024, 1232]
    /// In nanoseconds, inclusive: 10 µs to 100 ms.
    static let durations: [UInt64] = [
        10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 10_000_000, 100_000_000,
    ]

    static func place(of type: RecordType?) -> Int {
        guard let type else { return 18 }
        return switch type.rawValue {
        case 1: 0
        case 28: 1
        case 2: 2
        case 6: 3
        case 5: 4
        case 15: 5
        case 16: 6
        case 257: 7
        case 43: 8
        case 48: 9
        case 65: 10
        case 64: 11
        case 33: 12
        case 12: 13
        case 255: 14
        case 252: 15
        case 251: 16
        default: 17
        }
    }

    /// The bucket of ``sizes``, or the one after the last.
    static func place(ofSize octets: Int) -> Int {
        switch octets {
        case ...64: 0
        case ...128: 1
        case ...256: 2
        case ...512: 3
        case ...1024: 4
        case ...1232: 5
        default: 6
        }
    }

    static func place(of code: ResponseCode) -> Int {
        switch code.rawValue {
        case 0: 0
        case 1: 1
        case 2: 2
        case 3: 3
        case 4: 4
        case 5: 5
        case 9: 6
        case 16: 7
        case 23: 8
        default: 9
        }
    }
}
