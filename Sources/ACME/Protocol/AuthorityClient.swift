import Synchronization

/// Asks one authority: it knows the directory, has nonces, and signs. Several tasks may use it at once.
package final class AuthorityClient: Sendable {
    package let directory: Directory
    private let transport: any AuthorityTransport
    /// Nonces that answers brought; at most ``maximumNonces``, the newest last.
    private let nonces = Mutex<[String]>([])

    private static let maximumNonces = 10
    private static let maximumNonceLength = 1024
    /// How often a request is sent, if the authority refuses each nonce. One that refuses half of the good ones, as Pebble can, is
    /// given up on once in a million requests.
    package static let maximumAttempts = 20

    private init(directory: Directory, transport: any AuthorityTransport) {
        self.directory = directory
        self.transport = transport
    }

    /// Reads an authority's directory.
    package static func connect(
        to url: AuthorityURL, through transport: any AuthorityTransport
    ) async throws(AuthorityFailure) -> AuthorityClient {
        let response = try await transport.response(to: AuthorityRequest(method: .get, url: url, accept: "application/json"))
        let answer = try Answer(response)
        return AuthorityClient(directory: try Directory(try answer.object("directory"), at: url), transport: transport)
    }

    /// Asks without a signature.
    func get(_ url: AuthorityURL) async throws(AuthorityFailure) -> Answer {
        try Answer(try await transport.response(to: AuthorityRequest(method: .get, url: url, accept: "application/json")))
    }

    /// Sends a signed request, again with another nonce while the authority refuses the one that it had (RFC 8555 section 6.5).
    ///
    /// - Parameter payload: JSON; `nil` for a POST-as-GET.
    func post(
        _ payload: [UInt8]?, to url: AuthorityURL, by signer: SignedRequest.Signer, accept: String = "application/json",
        maximumLength: Int = AuthorityRequest.maximumDocumentLength
    ) async throws(AuthorityFailure) -> Answer {
        var attempt = 1
        while true {
            let nonce = try await takeNonce()
            let body: [UInt8]
            do {
                body = try SignedRequest.body(payload, to: url, nonce: nonce, by: signer)
            } catch {
                throw .invalid("a request to it cannot be signed: \(error)")
            }
            let request = AuthorityRequest(
                method: .post, url: url, body: body, accept: accept, maximumLength: maximumLength)
            let response = try await transport.response(to: request)
            keepNonce(of: response)
            do throws(AuthorityFailure) {
                return try Answer(response)
            } catch {
                guard error.problem?.kind == .badNonce, attempt < Self.maximumAttempts else { throw error }
                attempt += 1
            }
        }
    }

    private func takeNonce() async throws(AuthorityFailure) -> String {
        if let nonce = nonces.withLock({ $0.popLast() }) { return nonce }
        let response = try await transport.response(to: AuthorityRequest(method: .head, url: directory.newNonce))
        // The answer to HEAD may lack a body, and so may that of a refusal: only the nonce counts.
        if let nonce = Self.nonce(of: response) { return nonce }
        _ = try Answer(response)
        throw .invalid("it gives no nonce")
    }

    private func keepNonce(of response: AuthorityResponse) {
        guard let nonce = Self.nonce(of: response) else { return }
        nonces.withLock { nonces in
            nonces.append(nonce)
            if nonces.count > Self.maximumNonces { nonces.removeFirst() }
        }
    }

    /// Other texts than those of RFC 8555 section 6.5.1 are ignored.
    private static func nonce(of response: AuthorityResponse) -> String? {
        guard let nonce = response.values(of: "Replay-Nonce").first, nonce.utf8.count <= maximumNonceLength,
            Base64URL.isAlphabetic(nonce)
        else { return nil }
        return nonce
    }
}
