/// A certificate with those that lead to a root, and the URLs of other chains (RFC 8555 section 7.4.2).
package struct CertificateDownload: Hashable, Sendable {
    package var chain: CertificateChain
    /// At most ``maximumAlternates``, in the authority's order.
    package var alternates: [AuthorityURL]

    package static let maximumAlternates = 4
}

extension AuthorityClient {
    /// Downloads the certificate of an order that is valid.
    ///
    /// - Throws: ``AuthorityFailure``, also if what comes is no chain of certificates.
    package func certificate(of order: Order, by account: Account) async throws(AuthorityFailure) -> CertificateDownload {
        guard let url = order.certificate else { throw .invalid("an order is valid, and has no certificate") }
        return try await certificate(at: url, by: account)
    }

    /// Downloads a certificate, for example an alternate of one that came.
    package func certificate(at url: AuthorityURL, by account: Account) async throws(AuthorityFailure) -> CertificateDownload {
        let answer = try await post(
            nil, to: url, by: account.signer, accept: "application/pem-certificate-chain",
            maximumLength: AuthorityRequest.maximumChainLength)
        let alternates = Link.links(in: answer.response.values(of: "Link")).filter { $0.relations.contains("alternate") }
            .compactMap { url.sibling($0.target) }.filter { $0 != url }
        do {
            let chain = try CertificateChain(pem: String(decoding: answer.response.body, as: UTF8.self))
            return CertificateDownload(
                chain: chain, alternates: Array(alternates.prefix(CertificateDownload.maximumAlternates)))
        } catch {
            throw .invalid("its certificate cannot be read: \(error)")
        }
    }
}
