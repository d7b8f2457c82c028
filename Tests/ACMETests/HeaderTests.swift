import Foundation
import Testing

@testable import ACME

/// Fields and dates of answers, which anybody may have written.
struct HeaderTests {
    static let retries: [(String, RetryAfter?)] = [
        ("0", .delay(seconds: 0)), ("120", .delay(seconds: 120)), (" 7 ", .delay(seconds: 7)),
        ("99999999999999999999999", .delay(seconds: 1_000_000_000)),
        ("Sun, 06 Nov 1994 08:49:37 GMT", .moment(Date(timeIntervalSince1970: 784_111_777))),
        ("Sunday, 06-Nov-94 08:49:37 GMT", .moment(Date(timeIntervalSince1970: 3_939_871_777))),
        ("Sun Nov  6 08:49:37 1994", .moment(Date(timeIntervalSince1970: 784_111_777))),
        ("", nil), ("-1", nil), ("1.5", nil), ("soon", nil), ("1 2", nil), ("Sun, 06 Nov 1994 08:49:37", nil),
        ("Sun, 31 Feb 2027 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 24:00:00 GMT", nil),
        ("Sun, 99999999999999999999 Nov 1994 08:49:37 GMT", nil), (String(repeating: "1", count: 65), nil), ("１２", nil),
        ("GMT GMT GMT GMT GMT GMT", nil),
    ]

    @Test(arguments: retries)
    func `Retry-After is seconds or a date in one of three forms`(text: String, expected: RetryAfter?) {
        #expect(RetryAfter(text) == expected)
    }

    @Test func `a wait is within its bounds`() {
        let now = Date(timeIntervalSince1970: 1_900_000_000)
        let bounds = Duration.seconds(60)...Duration.seconds(86_400)
        func wait(_ retry: RetryAfter) -> Duration { retry.wait(from: now, within: bounds) }
        #expect(wait(.delay(seconds: 0)) == .seconds(60))
        #expect(wait(.delay(seconds: 600)) == .seconds(600))
        #expect(wait(.delay(seconds: 1_000_000_000)) == .seconds(86_400))
        #expect(wait(.moment(now.addingTimeInterval(-5))) == .seconds(60))
        #expect(wait(.moment(now.addingTimeInterval(90))) == .seconds(90))
        #expect(wait(.moment(.distantFuture)) == .seconds(86_400))
    }

    static let times: [(String, Double?)] = [
        ("1970-01-01T00:00:00Z", 0), ("2000-02-29T12:00:00Z", 951_825_600), ("2026-11-30T08:00:00Z", 1_796_025_600),
        ("2026-11-30T08:00:00.123456+00:00", 1_796_025_600), ("2026-11-30t09:30:00+01:30", 1_796_025_600),
        ("2026-11-30T07:00:00-01:00", 1_796_025_600), ("2016-12-31T23:59:60Z", 1_483_228_799),
        ("2026-11-30T08:00:00", nil), ("2026-11-30", nil), ("2026-02-29T00:00:00Z", nil), ("2026-13-01T00:00:00Z", nil),
        ("2026-11-30T25:00:00Z", nil), ("2026-11-30T08:00:00.Z", nil), ("2026-11-30T08:00:00+24:00", nil), ("", nil),
        ("0001-01-01T00:00:00Z", nil), (String(repeating: "2", count: 30), nil), ("2026-11-30T08:00:00\u{0}\u{0}", nil),
        ("2026-11-30T08:00:00." + String(repeating: "1", count: 30) + "Z", nil),
    ]

    @Test(arguments: times)
    func `times of JSON documents have an offset, and may have a fraction`(text: String, seconds: Double?) {
        #expect(InternetDate.date(rfc3339: text)?.timeIntervalSince1970 == seconds)
    }

    static let links: [([String], [String])] = [
        ([#"<https://a/1>;rel="alternate""#, #"<https://a/2>;rel="alternate""#], ["https://a/1", "https://a/2"]),
        (
            [#"<https://a/dir>;rel="index", <https://a/1>; rel=alternate ,<https://a/2>;REL="Alternate""#],
            ["https://a/1", "https://a/2"]
        ),
        ([#"<https://a/1>; title="a, \"b\"; rel=x"; rel="up alternate""#], ["https://a/1"]),
        ([#"<https://a/1>; rel=up; rel=alternate"#], []),
        (["<https://a/1>", "<https://a/2;rel=alternate", "https://a/3;rel=alternate", "", ",,,", "<", "<>", ";"], []),
        ([#"<https://a/1>;rel="alternate"#], ["https://a/1"]),
        ([#"<https://a/1>;;;rel=alternate"#], ["https://a/1"]),
    ]

    @Test(arguments: links)
    func `links come one in a field or several`(fields: [String], alternates: [String]) {
        #expect(Link.links(in: fields).filter { $0.relations.contains("alternate") }.map(\.target) == alternates)
    }

    @Test func `at most twenty links are read`() {
        let field = Array(repeating: "<https://a/1>;rel=alternate", count: 1000).joined(separator: ",")
        #expect(Link.links(in: [field, field]).count == 20)
    }

    /// Each cut and each change of an octet is read to an end.
    @Test func `damaged fields do no harm`() {
        let samples = Self.retries.map(\.0) + Self.times.map(\.0) + Self.links.flatMap(\.0)
        for sample in samples {
            for cut in 0...sample.count {
                for text in [
                    String(sample.prefix(cut)), String(sample.dropFirst(cut)),
                    sample.prefix(cut) + "é\u{0}\"" + sample.dropFirst(cut),
                ] {
                    _ = RetryAfter(text)
                    _ = InternetDate.date(rfc3339: text)
                    #expect(Link.links(in: [text]).count <= Link.maximumCount)
                }
            }
        }
    }
}
