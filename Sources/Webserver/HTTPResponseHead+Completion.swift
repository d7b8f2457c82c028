import NIOHTTP1

extension HTTPResponseHead {
    /// Adds what each response has whatever it answers: the moment, and how its end is found (RFC 9112 section 6).
    ///
    /// - Parameters:
    ///   - method: of the request.
    ///   - version: of the request. HTTP/1.0 knows no chunks: there the end of the connection is the end of the body.
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
