import DelegateAPI
import HTTPTypes
import Hummingbird

extension ErrorTable {
    /// The status and the body for a request that no route sees.
    static func answer(to error: ProtocolError) -> (status: HTTPResponse.Status, body: ErrorResponse) {
        func answer(_ status: HTTPResponse.Status, _ code: String, _ detail: String) -> (HTTPResponse.Status, ErrorResponse) {
            (status, ErrorResponse(error: code, detail: detail))
        }
        switch error {
        case .malformed(let reason):
            return answer(.badRequest, "malformed_request", "this is not HTTP/1.1: \(reason)")
        case .headersTooLarge:
            return answer(
                .badRequest, "malformed_request",
                "a request may have at most \(HTTPHeaderLimits.maximumCount) headers, of at most "
                    + "\(HTTPHeaderLimits.maximumLength) octets in all")
        case .targetTooLong:
            return answer(.uriTooLong, "target_too_long", "a target has at most \(RequestLine.maximumTargetLength) octets")
        case .chunkLinesTooLong:
            return answer(
                .badRequest, "malformed_request",
                "the lengths and extensions of a body’s chunks have at most \(ChunkLine.maximumOctets) octets")
        case .invalidHost(let reason):
            return answer(.badRequest, "invalid_host", "\(reason) (RFC 9112 section 3.2)")
        case .bodyTooLarge:
            return answer(.contentTooLarge, "body_too_large", bodyTooLargeDetail)
        case .unknownExpectation:
            return answer(.expectationFailed, "unknown_expectation", "“Expect” can only be 100-continue")
        case .unknownMethod:
            return answer(.notImplemented, "unknown_method", "this server does not know the method")
        case .unknownTransferCoding:
            return answer(.notImplemented, "unknown_transfer_coding", "“Transfer-Encoding” can only be chunked")
        case .unknownVersion:
            return answer(.httpVersionNotSupported, "unknown_version", "this server speaks HTTP/1.1 and HTTP/1.0")
        }
    }

    static var bodyTooLargeDetail: String { "a body may have at most \(Request.maximumBodyLength) octets" }
}
