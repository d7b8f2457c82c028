import NIOHTTP1

extension HTTPResponseHead {
    /// Adds what every response has: its time, and the way to find its end (RFC 9112 section 6).
    ///
    /// - Parameters:
    ///   - method: the request's method.
    ///   - version: the request's version. HTTP/1.0 has no chunks: the end of the connection is the end of the body.
    mutating func complete(for method: HTTPMethod, version: HTTPVersion) {
        if !headers.contains(name: "Date") { headers.add(name: "Date", value: HTTPDate.now) }
        guard status.mayHaveResponseBody else {
            headers.remove(name: "Content-Length")
            return
        }
        guard !headers.contains(name: "Content-Length"), method != .HEAD else { return }
        if version == .http1_1 {
            headers.replaceOrAdd(name: "Transfer-Encoding", value: "chunked")
        } else {
            headers.replaceOrAdd(name: "Connection", value: "close")
        }
    }
}
