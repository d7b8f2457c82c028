import NIOHTTP1

/// Why a request is refused before a route sees it. Its connection ends after the answer.
enum ProtocolError: Error, Hashable {
    /// It breaks the form of HTTP/1.1 (RFC 9112); the reason in words.
    case malformed(String)
    /// There are more than ``HTTPHeaderLimits/maximumCount`` header fields, or more than ``HTTPHeaderLimits/maximumLength`` octets of them.
    case headersTooLarge
    /// The host is missing, doubled or impossible (RFC 9112 section 3.2); the reason in words.
    case invalidHost(String)
    case bodyTooLarge
    /// `Expect` asks for something other than `100-continue` (RFC 9110 section 10.1.1).
    case unknownExpectation
    /// A method that HTTP/1.1 servers do not know, or CONNECT, which is for proxies (RFC 9110 section 9.3.6).
    case unknownMethod
    /// A transfer coding beside `chunked` (RFC 9112 section 6.1).
    case unknownTransferCoding
    /// A version other than HTTP/1.0 and HTTP/1.1 (RFC 9110 section 15.6.6).
    case unknownVersion
}

extension ProtocolError {
    /// - Parameter error: what SwiftNIO's decoder threw for a request whose lines had the right form.
    init(_ error: any Error) {
        switch error {
        case HTTPParserError.headerOverflow: self = .headersTooLarge
        // The form of the first line was right.
        case HTTPParserError.invalidMethod: self = .unknownMethod
        case HTTPParserError.invalidVersion: self = .unknownVersion
        case HTTPParserError.invalidURL: self = .malformed("its target cannot be one")
        case HTTPParserError.invalidContentLength: self = .malformed("Content-Length is not a number")
        case HTTPParserError.unexpectedContentLength:
            self = .malformed("there is more than one length: Content-Length twice, or with Transfer-Encoding")
        case HTTPParserError.invalidChunkSize: self = .malformed("the length of a chunk is not a hexadecimal number")
        case HTTPParserError.invalidHeaderToken: self = .malformed("a header has a character that it must not have")
        default: self = .malformed("its lengths, its chunks or its headers are broken")
        }
    }
}
