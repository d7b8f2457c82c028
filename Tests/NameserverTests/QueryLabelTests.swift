import DNS
import Testing

@testable import Nameserver

/// The labels of the counters: dashboards know them.
struct QueryLabelTests {
    @Test func `each type has its label, and all others share one`() {
        let known: [(UInt16, String)] = [
            (1, "A"), (28, "AAAA"), (2, "NS"), (6, "SOA"), (5, "CNAME"), (15, "MX"), (16, "TXT"), (257, "CAA"), (43, "DS"),
            (48, "DNSKEY"), (65, "HTTPS"), (64, "SVCB"), (33, "SRV"), (12, "PTR"), (255, "ANY"), (252, "AXFR"), (251, "IXFR"),
        ]
        #expect(TypeLabel.allCases.map(\.text) == known.map(\.1) + ["other", "none"])
        for (number, text) in known { #expect(TypeLabel(RecordType(rawValue: number)).text == text) }
        #expect(TypeLabel(RecordType(rawValue: 65_280)).text == "other" && TypeLabel(nil).text == "none")
    }

    @Test func `each code has its label, and all others share one`() {
        let known: [(UInt16, String)] = [
            (0, "NOERROR"), (1, "FORMERR"), (2, "SERVFAIL"), (3, "NXDOMAIN"), (4, "NOTIMP"), (5, "REFUSED"), (9, "NOTAUTH"),
            (16, "BADVERS"), (23, "BADCOOKIE"),
        ]
        #expect(CodeLabel.allCases.map(\.text) == known.map(\.1) + ["other"])
        for (number, text) in known { #expect(CodeLabel(ResponseCode(rawValue: number)).text == text) }
        #expect(CodeLabel(ResponseCode(rawValue: 17)).text == "other")
    }

    @Test func `a value at its bound is in its bucket, and one above it in the next`() {
        for (bucket, next) in zip(SizeBucket.allCases, SizeBucket.allCases.dropFirst()) {
            guard let bound = bucket.bound else { continue }
            #expect(SizeBucket(Int(bound)) == bucket && SizeBucket(Int(bound) + 1) == next)
        }
        for (bucket, next) in zip(DurationBucket.allCases, DurationBucket.allCases.dropFirst()) {
            guard let bound = bucket.bound else { continue }
            #expect(DurationBucket(nanoseconds: bound) == bucket && DurationBucket(nanoseconds: bound + 1) == next)
        }
        #expect(SizeBucket.allCases.last?.bound == nil && DurationBucket.allCases.last?.bound == nil)
    }
}
