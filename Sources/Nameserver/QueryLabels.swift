import Authority
import DNS
import Delegates

/// The values of a metric's label: a bounded set, whatever is asked. The raw values are 0, 1, 2 and so on.
protocol QueryLabel: CaseIterable, RawRepresentable<Int>, Sendable {}

enum AddressFamily: Int, QueryLabel {
    case ipv4, ipv6

    init(_ address: IPAddress) {
        self = if case .v4 = address { .ipv4 } else { .ipv6 }
    }
}

/// The types that are asked for.
enum TypeLabel: Int, QueryLabel {
    case a, aaaa, ns, soa, cname, mx, txt, caa, ds, dnskey, https, svcb, srv, ptr, any, axfr, ixfr
    case other
    /// There was no readable question.
    case none

    init(_ type: RecordType?) {
        guard let type else {
            self = .none
            return
        }
        self =
            switch type.rawValue {
            case 1: .a
            case 2: .ns
            case 5: .cname
            case 6: .soa
            case 12: .ptr
            case 15: .mx
            case 16: .txt
            case 28: .aaaa
            case 33: .srv
            case 43: .ds
            case 48: .dnskey
            case 64: .svcb
            case 65: .https
            case 251: .ixfr
            case 252: .axfr
            case 255: .any
            case 257: .caa
            default: .other
            }
    }

    var text: String {
        switch self {
        case .other, .none: "\(self)"
        case .a, .aaaa, .ns, .soa, .cname, .mx, .txt, .caa, .ds, .dnskey, .https, .svcb, .srv, .ptr, .any, .axfr, .ixfr:
            "\(self)".uppercased()
        }
    }
}

enum CodeLabel: Int, QueryLabel {
    case noError, formatError, serverFailure, nameError, notImplemented, refused, notAuthoritative, badVersion, badCookie
    case other

    init(_ code: ResponseCode) {
        self =
            switch code.rawValue {
            case 0: .noError
            case 1: .formatError
            case 2: .serverFailure
            case 3: .nameError
            case 4: .notImplemented
            case 5: .refused
            case 9: .notAuthoritative
            case 16: .badVersion
            case 23: .badCookie
            default: .other
            }
    }

    var text: String {
        switch self {
        case .noError: ResponseCode.noError.description
        case .formatError: ResponseCode.formatError.description
        case .serverFailure: ResponseCode.serverFailure.description
        case .nameError: ResponseCode.nameError.description
        case .notImplemented: ResponseCode.notImplemented.description
        case .refused: ResponseCode.refused.description
        case .notAuthoritative: ResponseCode.notAuthoritative.description
        case .badVersion: ResponseCode.badVersion.description
        case .badCookie: ResponseCode.badCookie.description
        case .other: "other"
        }
    }
}

/// What few messages come to.
enum EventLabel: Int, QueryLabel {
    case truncated, truncatedByRateLimit, droppedByRateLimit, ignored, madeSignature, reusedSignature, unsigned
}

/// A histogram's buckets.
protocol Bucket: QueryLabel {
    /// The upper bound, inclusive; `nil` for the last bucket.
    var bound: UInt64? { get }
}

/// Lengths of messages. The bounds are in octets.
enum SizeBucket: Int, Bucket {
    case upTo64, upTo128, upTo256, upTo512, upTo1024, upTo1232, beyond

    init(_ octets: Int) {
        self =
            switch octets {
            case ...64: .upTo64
            case ...128: .upTo128
            case ...256: .upTo256
            case ...512: .upTo512
            case ...1024: .upTo1024
            case ...1232: .upTo1232
            default: .beyond
            }
    }

    var bound: UInt64? {
        switch self {
        case .upTo64: 64
        case .upTo128: 128
        case .upTo256: 256
        case .upTo512: 512
        case .upTo1024: 1024
        case .upTo1232: 1232
        case .beyond: nil
        }
    }
}

/// Times from a query to its response. The bounds are in nanoseconds: 10 µs to 100 ms.
enum DurationBucket: Int, Bucket {
    case upTo10Microseconds, upTo25Microseconds, upTo50Microseconds, upTo100Microseconds, upTo250Microseconds
    case upTo500Microseconds, upTo1Millisecond, upTo10Milliseconds, upTo100Milliseconds, beyond

    init(nanoseconds: UInt64) {
        self =
            switch nanoseconds {
            case ...10_000: .upTo10Microseconds
            case ...25_000: .upTo25Microseconds
            case ...50_000: .upTo50Microseconds
            case ...100_000: .upTo100Microseconds
            case ...250_000: .upTo250Microseconds
            case ...500_000: .upTo500Microseconds
            case ...1_000_000: .upTo1Millisecond
            case ...10_000_000: .upTo10Milliseconds
            case ...100_000_000: .upTo100Milliseconds
            default: .beyond
            }
    }

    var bound: UInt64? {
        switch self {
        case .upTo10Microseconds: 10_000
        case .upTo25Microseconds: 25_000
        case .upTo50Microseconds: 50_000
        case .upTo100Microseconds: 100_000
        case .upTo250Microseconds: 250_000
        case .upTo500Microseconds: 500_000
        case .upTo1Millisecond: 1_000_000
        case .upTo10Milliseconds: 10_000_000
        case .upTo100Milliseconds: 100_000_000
        case .beyond: nil
        }
    }
}
