/// Why a certificate is revoked (RFC 5280 section 5.3.1), as far as its holder may say it.
package enum RevocationReason: Int, CaseIterable, Hashable, Sendable {
    case unspecified = 0
    case keyCompromise = 1
    case affiliationChanged = 3
    case superseded = 4
    case cessationOfOperation = 5
}

extension AuthorityClient {
    /// The key that asks for a revocation (RFC 8555 section 7.6).
    package enum RevocationKey: Sendable {
        case account(Account)
        /// The certificate's own.
        case certificate(SignatureKey)
    }

    private struct RevocationRequest: Encodable {
        var certificate: String
        var reason: Int
    }

    /// Revokes a certificate. One that is revoked already is no failure.
    ///
    /// - Parameter certificate: in DER.
    package func revoke(
        _ certificate: [UInt8], _ reason: RevocationReason, by key: RevocationKey
    ) async throws(AuthorityFailure) {
        guard let url = directory.revokeCertificate else { throw .invalid("its directory has no URL “revokeCert”") }
        let signer: SignedRequest.Signer =
            switch key {
            case .account(let account): account.signer
            case .certificate(let key): .key(key)
            }
        let payload = try payload(
            RevocationRequest(certificate: Base64URL.text(of: certificate), reason: reason.rawValue))
        do throws(AuthorityFailure) {
            _ = try await post(payload, to: url, by: signer)
        } catch {
            guard error.problem?.kind == .alreadyRevoked else { throw error }
        }
    }
}
