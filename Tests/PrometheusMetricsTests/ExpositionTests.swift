import PrometheusMetrics
import Testing

struct ExpositionTests {
    @Test func `counters and gauges have help, type, labels and values`() {
        var exposition = Exposition()
        exposition.write(.counter, "a_total", "Help.", [([("x", "1"), ("y", "a\"b\\c\nd")], 3), ([], 0.5)])
        exposition.write(.gauge, "b", "Other.", 2)
        #expect(
            exposition.text == """
                # HELP a_total Help.
                # TYPE a_total counter
                a_total{x="1",y="a\\"b\\\\c\\nd"} 3
                a_total 0.5
                # HELP b Other.
                # TYPE b gauge
                b 2

                """)
    }

    @Test func `a metric without values is not there`() {
        var exposition = Exposition()
        exposition.write(.counter, "a_total", "Help.", [])
        exposition.write("h", "Help.", [])
        #expect(exposition.text.isEmpty)
    }

    @Test func `buckets of a histogram are cumulative, and each bound is inside its bucket`() {
        let histogram = Histogram(bounds: [1, 2.5])
        for value in [0.5, 1, 2, 2.5, 9] { histogram.observe(value) }
        var exposition = Exposition()
        exposition.write("h", "Help.", [([("r", "x")], histogram.snapshot)])
        #expect(
            exposition.text == """
                # HELP h Help.
                # TYPE h histogram
                h_bucket{r="x",le="1"} 2
                h_bucket{r="x",le="2.5"} 4
                h_bucket{r="x",le="+Inf"} 5
                h_sum{r="x"} 15
                h_count{r="x"} 5

                """)
    }
}
