/// A response that is no refusal.
struct Answer: Sendable {
    let response: AuthorityResponse

    /// - Throws: ``AuthorityFailure/refused(_:status:retryAfter:)`` for all but success; redirects are refused as well.
    init(_ response: AuthorityResponse) throws(AuthorityFailure) {
        self.response = response
        guard !response.isSuccess else { return }
        if 300..<400 ~= response.status {
            throw .invalid(
                "it redirects (status \(response.status)), which is not followed: give the URL of its directory itself")
        }
        throw .refused(Problem(JSONValue(response.body)), status: response.status, retryAfter: response.retryAfter)
    }

    var retryAfter: RetryAfter? { response.retryAfter }

    /// The body, which must be an object.
    ///
    /// - Parameter what: what the body should be, for messages.
    func object(_ what: String) throws(AuthorityFailure) -> JSONValue {
        guard let value = JSONValue(response.body), value.isObject else {
            throw .invalid("its \(what) is not a JSON object")
        }
        return value
    }

    /// The URL of what a request has made.
    func location(at directory: Directory, of what: String) throws(AuthorityFailure) -> AuthorityURL {
        guard let text = response.values(of: "Location").first else { throw .invalid("it gives no URL of the \(what)") }
        guard let url = directory.url.sibling(text) else {
            throw .invalid("the URL of the \(what) is not one of https://\(directory.url.origin)")
        }
        return url
    }
}
