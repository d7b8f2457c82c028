import Authority
package import PrometheusMetrics
import Synchronization

/// What the name server has answered since its start, by transport.
package final class QueryStatistics: Sendable {
    private let all = Mutex<[(transport: Transport, counters: QueryCounters)]>([])

    package init() {}

    /// Counters for one thread, or one event loop, and one transport.
    func makeCounters(_ transport: Transport) -> QueryCounters {
        let counters = QueryCounters()
        all.withLock { $0.append((transport, counters)) }
        return counters
    }

    private func sum(_ transport: Transport) -> QuerySum {
        var sum = QuerySum()
        for (_, counters) in all.withLock({ all in all.filter { $0.transport == transport } }) { counters.add(to: &sum) }
        return sum
    }

    package func write(to exposition: inout Exposition) {
        let sums = [(Transport.udp, "udp"), (.tcp, "tcp"), (.tls, "tls")].map { (label: $1, sum: sum($0)) }
        var queries: [(labels: Exposition.Labels, value: Double)] = []
        for (transport, sum) in sums {
            for family in AddressFamily.allCases {
                for type in TypeLabel.allCases {
                    guard let count = sum.queries[family]?[type], count > 0 else { continue }
                    queries.append(
                        ([("transport", transport), ("family", "\(family)"), ("type", type.text)], Double(count)))
                }
            }
        }
        exposition.write(.counter, "nuncio_dns_queries_total", "Queries received.", queries)
        exposition.write(
            .counter, "nuncio_dns_responses_total", "Responses sent.",
            sums.flatMap { transport, sum in
                CodeLabel.allCases.map { code in
                    ([("transport", transport), ("rcode", code.text)], Double(sum.codes[code]))
                }
            })
        func count(_ event: EventLabel) -> Double { sums.reduce(0) { $0 + Double($1.sum.events[event]) } }
        exposition.write(
            .counter, "nuncio_dns_truncated_responses_total", "Responses with TC, including those of the rate limit.",
            sums.map { ([("transport", $0.label)], Double($0.sum.events[.truncated])) })
        exposition.write(
            .counter, "nuncio_dns_rate_limited_total", "UDP responses that the rate limit truncated or dropped.",
            [([("action", "truncated")], count(.truncatedByRateLimit)), ([("action", "dropped")], count(.droppedByRateLimit))])
        exposition.write(
            .counter, "nuncio_dns_ignored_messages_total",
            "Messages without a whole header, and unsolicited responses.",
            count(.ignored))
        exposition.write(
            .counter, "nuncio_dnssec_signatures_total",
            "Signatures in responses that were not made in advance: made for the response, or reused.",
            [([("source", "made")], count(.madeSignature)), ([("source", "reused")], count(.reusedSignature))])
        exposition.write(
            .counter, "nuncio_dnssec_unsigned_responses_total",
            "Responses with TC or SERVFAIL, or without signatures, because there was too much to sign in that second.",
            count(.unsigned))
        exposition.write(
            "nuncio_dns_query_size_bytes", "Length of queries.",
            sums.map { ([("transport", $0.label)], Self.histogram($0.sum.querySizes)) })
        exposition.write(
            "nuncio_dns_response_size_bytes", "Length of responses.",
            sums.map { ([("transport", $0.label)], Self.histogram($0.sum.responseSizes)) })
        exposition.write(
            "nuncio_dns_udp_duration_seconds",
            "Time from receiving a batch of datagrams to sending its responses, for each response.",
            [([], Self.histogram(sums[0].sum.durations, unit: 1e9))])
    }

    /// - Parameter unit: the number of the counters' units in the metric's.
    private static func histogram<Label>(_ sums: BucketSums<Label>, unit: Double = 1) -> Histogram.Snapshot {
        Histogram.Snapshot(
            bounds: Label.allCases.compactMap { $0.bound.map { Double($0) / unit } },
            counts: Label.allCases.map { sums.counts[$0] }, sum: Double(sums.total) / unit)
    }
}
