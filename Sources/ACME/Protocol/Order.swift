/// An order of a certificate (RFC 8555 section 7.1.3).
package struct Order: Hashable, Sendable {
    package let url: AuthorityURL
    package let status: Status
    /// The names that the certificate is for, in lower case.
    package let names: Set<String>
    package let authorizations: [AuthorityURL]
    let finalize: AuthorityURL?
    let certificate: AuthorityURL?
    /// Why the order failed; `nil` if the authority does not say it, which is frequent.
    package let problem: Problem?

    package enum Status: String, Hashable, Sendable {
        case pending, ready, processing, valid, invalid
    }

    /// The number of authorizations that are read; RFC 8555 has one for a name.
    package static let maximumAuthorizations = 100

    init(_ value: JSONValue, at url: AuthorityURL) throws(AuthorityFailure) {
        guard let status = value.text("status").flatMap(Status.init) else { throw .invalid("an order has no known status") }
        self.url = url
        self.status = status
        names = Set(value.list("identifiers").compactMap { $0.text("value")?.lowercased() })
        let authorizations = value.list("authorizations")
        guard authorizations.count <= Self.maximumAuthorizations else {
            throw .invalid("an order has more than \(Self.maximumAuthorizations) authorizations")
        }
        var urls: [AuthorityURL] = []
        for authorization in authorizations {
            guard let sibling = url.sibling(authorization.asText) else {
                throw .invalid("the URL of an authorization is not one of https://\(url.origin)")
            }
            if !urls.contains(sibling) { urls.append(sibling) }
        }
        self.authorizations = urls
        finalize = url.sibling(value.text("finalize"))
        certificate = url.sibling(value.text("certificate"))
        problem = value["error"].flatMap { $0.isObject ? Problem($0) : nil }
    }
}

/// What an order asks for.
package struct OrderRequest: Hashable, Sendable {
    /// Host names in ASCII, without a final dot.
    package var names: [String]
    /// A profile of the directory's; `nil` for the authority's default.
    package var profile: String?
    /// The certificate that the new one replaces, by its ``LeafCertificate/renewalID`` (RFC 9773 section 5).
    package var replaces: String?

    package init(names: [String], profile: String? = nil, replaces: String? = nil) {
        self.names = names
        self.profile = profile
        self.replaces = replaces
    }

    /// What an authority refused, and the order went on without.
    package enum Omission: Hashable, Sendable {
        case profile(Problem)
        case replacedCertificate(Problem)
    }
}

extension AuthorityClient {
    private struct NewOrder: Encodable {
        struct Identifier: Encodable {
            var type = "dns"
            var value: String
        }

        var identifiers: [Identifier]
        var profile: String?
        var replaces: String?
    }

    /// Orders a certificate. A profile or a replaced certificate that the authority refuses is left out of a second or third request.
    package func order(
        _ request: OrderRequest, by account: Account
    ) async throws(AuthorityFailure) -> (order: Order, omissions: [OrderRequest.Omission]) {
        var request = request
        var omissions: [OrderRequest.Omission] = []
        while true {
            let payload = try payload(
                NewOrder(
                    identifiers: request.names.map { NewOrder.Identifier(value: $0) }, profile: request.profile,
                    replaces: request.replaces))
            do throws(AuthorityFailure) {
                let answer = try await post(payload, to: directory.newOrder, by: account.signer)
                let url = try answer.location(at: directory, of: "order")
                return (try Order(try answer.object("order"), at: url), omissions)
            } catch {
                guard case .refused(let problem, let status, _) = error else { throw error }
                if request.profile != nil, problem.kind == .invalidProfile {
                    request.profile = nil
                    omissions.append(.profile(problem))
                } else if request.replaces != nil,
                    problem.kind == .alreadyReplaced || [404, 409].contains(status)
                        || (status == 400 && problem.kind == .malformed)
                {
                    request.replaces = nil
                    omissions.append(.replacedCertificate(problem))
                } else {
                    throw error
                }
            }
        }
    }

    /// An order as it is now.
    package func order(
        at url: AuthorityURL, by account: Account
    ) async throws(AuthorityFailure) -> (order: Order, retryAfter: RetryAfter?) {
        let answer = try await post(nil, to: url, by: account.signer)
        return (try Order(try answer.object("order"), at: url), answer.retryAfter)
    }

    /// Asks for the certificate of an order that is ready.
    ///
    /// - Parameter request: A certificate signing request in DER.
    package func finalize(
        _ order: Order, with request: [UInt8], by account: Account
    ) async throws(AuthorityFailure) -> (order: Order, retryAfter: RetryAfter?) {
        guard let finalize = order.finalize else { throw .invalid("an order has no URL to finalize it") }
        let answer = try await post(
            try payload(["csr": Base64URL.text(of: request)]), to: finalize, by: account.signer)
        return (try Order(try answer.object("order"), at: order.url), answer.retryAfter)
    }

    func payload(_ value: some Encodable) throws(AuthorityFailure) -> [UInt8] {
        do {
            return try JSONText.octets(value)
        } catch {
            throw .invalid("a request to it cannot be written: \(error)")
        }
    }
}
