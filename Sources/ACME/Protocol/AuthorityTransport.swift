/// The way to a certificate authority.
package protocol AuthorityTransport: Sendable {
    /// Sends one request. It follows no redirect, and reads no more of the body than the request allows.
    ///
    /// - Throws: ``AuthorityFailure/unreachable(_:)`` in words for a person.
    func response(to request: AuthorityRequest) async throws(AuthorityFailure) -> AuthorityResponse
}

package struct AuthorityRequest: Hashable, Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
    }

    package var method: Method
    package var url: AuthorityURL
    /// A JWS in the flattened JSON form (RFC 8555 section 6.2); empty unless this is a POST.
    package var body: [UInt8] = []
    /// The media type of the answer that is wanted; `nil` for any.
    package var accept: String?
    /// The number of octets that the answer's body may have.
    package var maximumLength = Self.maximumDocumentLength

    /// The limit for JSON documents: 64 KiB.
    package static let maximumDocumentLength = 65_536
    /// The limit for certificate chains: 256 KiB.
    package static let maximumChainLength = 262_144

    /// The media type of all bodies that are sent (RFC 8555 section 6.2).
    package static let contentType = "application/jose+json"
}

package struct AuthorityResponse: Hashable, Sendable {
    package struct Field: Hashable, Sendable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package var status: Int
    package var fields: [Field]
    package var body: [UInt8]

    package init(status: Int, fields: [Field], body: [UInt8]) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// The values of a field, in their order.
    func values(of name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    var isSuccess: Bool { 200..<300 ~= status }

    /// The time to wait before the next request; `nil` if the authority does not say it.
    var retryAfter: RetryAfter? { values(of: "Retry-After").first.flatMap(RetryAfter.init) }
}
