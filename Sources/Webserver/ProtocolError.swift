/// Why a request is refused before a route sees it. Its connection ends after the answer.
enum ProtocolError: Error, Hashable {
    /// It breaks the form of HTTP/1.1 (RFC 9112); the reason in words.
    case malformed(String)
    /// There are more than ``HTTPHeaderLimits/maximumCount`` header fields, or more than ``HTTPHeaderLimits/maximumLength`` octets of them.
    case headersTooLarge
    /// The target is longer than ``RequestLine/maximumTargetLength`` (RFC 9112 section 3).
    case targetTooLong
    /// The lines in front of a body's chunks have more than ``ChunkLine/maximumOctets``.
    case chunkLinesTooLong
    /// The host is missing, doubled or impossible (RFC 9112 section 3.2); the reason in words.
    case invalidHost(String)
    case bodyTooLarge
    /// `Expect` asks for something other than `100-continue` (RFC 9110 section 10.1.1).
    case unknownExpectation
    /// A method that HTTP/1.1 servers do not know, or CONNECT, which is for proxies (RFC 9110 section 9.3.6).
    case unknownMethod
    /// A transfer coding beside `chunked` (RFC 9112 section 6.1).
    case unknownTransferCoding
    /// A major version other than 1 (RFC 9110 section 15.6.6).
    case unknownVersion
}
