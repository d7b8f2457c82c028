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
            for (place, count) in sum.queries.enumerated() where count > 0 {
                let (family, type) = place.quotientAndRemainder(dividingBy: QueryLabels.types.count)
                queries.append(
                    (
                        [
                            ("transport", transport), ("family", family == 0 ? "ipv4" : "ipv6"),
                            ("type", QueryLabels.types[type]),
                        ],
                        Double(count)
                    ))
            }
        }
        exposition.write(.counter, "nuncio_dns_queries_total", "Queries received.", queries)
        exposition.write(
            .counter, "nuncio_dns_responses_total", "Responses sent.",
            sums.flatMap { transport, sum in
                zip(QueryLabels.codes, sum.codes).map { code, count in
                    ([("transport", transport), ("rcode", code)], Double(count))
                }
            })
        func outcome(_ place: Int) -> Double { sums.reduce(0) { $0 + Double($1.sum.outcomes[place]) } }
        exposition.write(
            .counter, "nuncio_dns_truncated_responses_total", "Responses with TC, including those of the rate limit.",
            sums.map { ([("transport", $0.label)], Double($0.sum.outcomes[0])) })
        exposition.write(
            .counter, "nuncio_dns_rate_limited_total", "UDP responses that the rate limit truncated or dropped.",
            [([("action", "truncated")], outcome(1)), ([("action", "dropped")], outcome(2))])
        exposition.write(
            .counter, "nuncio_dns_ignored_messages_total",
            "Messages without a whole header, and unsolicited responses.",
            outcome(3))
        exposition.write(
            .counter, "nuncio_dnssec_signatures_total",
            "Signatures in responses that were not made in advance: made for the response, or reused.",
            [([("source", "made")], outcome(4)), ([("source", "reused")], outcome(5))])
        exposition.write(
            .counter, "nuncio_dnssec_unsigned_responses_total",
            "Responses with TC or SERVFAIL because there was too much to sign in that second.", outcome(6))
        exposition.write(
            "nuncio_dns_query_size_bytes", "Length of queries.",
            sums.map { ([("transport", $0.label)], Self.sizes($0.sum.querySizes)) })
        exposition.write(
            "nuncio_dns_response_size_bytes", "Length of responses.",
            sums.map { ([("transport", $0.label)], Self.sizes($0.sum.responseSizes)) })
        exposition.write(
            "nuncio_dns_udp_duration_seconds",
            "Time from receiving a batch of datagrams to sending its responses, for each response.",
            [([], Self.durations(sums[0].sum.durations))])
    }

    private static func sizes(_ counts: [UInt64]) -> Histogram.Snapshot {
        let bounds = QueryLabels.sizes.map { Double($0) }
        return Histogram.Snapshot(bounds: bounds, counts: Array(counts.dropLast()), sum: Double(counts.last ?? 0))
    }

    private static func durations(_ counts: [UInt64]) -> Histogram.Snapshot {
        let bounds = QueryLabels.durations.map { Double($0) / 1e9 }
        return Histogram.Snapshot(bounds: bounds, counts: Array(counts.dropLast()), sum: Double(counts.last ?? 0) / 1e9)
    }
}
