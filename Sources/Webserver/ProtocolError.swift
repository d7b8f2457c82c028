/// Why a request is refused before a route sees it. Its connection ends after the response.
enum ProtocolError: Error, Hashable {
    /// The request breaks the form of HTTP/1.1 (RFC 9112); the reason in words.
    case malformed(String)
    /// There are more header fields than ``HTTPHeaderLimits/maximumCount``, or they have more octets than
    /// ``HTTPHeaderLimits/maximumLength``.
    case headersTooLarge
    /// The target is longer than ``RequestLine/maximumTargetLength`` (RFC 9112 section 3).
    case targetTooLong
    /// The lines before a body's chunks have more octets than ``ChunkLine/maximumOctets``.
    case chunkLinesTooLong
    /// The host is missing, doubled or impossible (RFC 9112 section 3.2); the reason in words.
    case invalidHost(String)
    case bodyTooLarge
    /// `Expect` asks for something other than `100-continue` (RFC 9110 section 10.1.1).
    case unknownExpectation
    /// The method is not known to HTTP/1.1 servers, or is CONNECT, which is for proxies (RFC 9110 section 9.3.6).
    case unknownMethod
    /// The transfer coding is not `chunked` (RFC 9112 section 6.1).
    case unknownTransferCoding
    /// The major version is not 1 (RFC 9110 section 15.6.6).
    case unknownVersion
}
