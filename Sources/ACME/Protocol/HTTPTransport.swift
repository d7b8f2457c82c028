import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL
package import Sockets

/// The way to an authority over HTTPS.
///
/// A request has 10 s for its connection and 30 s in all. Redirects are not followed, compressed answers not asked for, and HTTP/1.1 is
/// spoken: it is what all authorities speak, and less that hostile octets can meet.
package final class HTTPTransport: AuthorityTransport {
    private let client: HTTPClient
    private let userAgent: String
    private let timeout: Duration
    /// Where the only roots would be; `nil` if others are given.
    private let onlyRoots: SystemRoots?

    private static let connectTimeout = TimeAmount.seconds(10)
    /// The time for a request with its answer.
    package static let defaultTimeout = Duration.seconds(30)

    /// The roots of a file cannot be used.
    package struct RootsFailure: Error, Hashable, CustomStringConvertible {
        package let description: String
    }

    /// - Parameters:
    ///   - roots: The path of a file in PEM with roots that are trusted beside the system's; `nil` for none.
    ///   - userAgent: The name and the version of this program (RFC 8555 section 6.1 demands one).
    ///   - systemRoots: Where the system's roots are. They may be missing if others are given.
    package init(
        roots: String?, userAgent: String, timeout: Duration = defaultTimeout, systemRoots: SystemRoots = SystemRoots()
    ) throws(RootsFailure) {
        self.userAgent = userAgent
        self.timeout = timeout
        onlyRoots = roots == nil ? systemRoots : nil
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        configuration.timeout.connect = Self.connectTimeout
        // A failure is told at once, and the back-off of what is above decides when to try again.
        configuration.connectionPool.retryConnectionEstablishment = false
        if let roots { configuration.tlsConfiguration = try Self.trust(in: roots, besides: systemRoots) }
        client = HTTPClient(configuration: configuration)
    }

    /// What is trusted: the roots of a file, beside the system's if there are any.
    static func trust(in file: String, besides systemRoots: SystemRoots) throws(RootsFailure) -> TLSConfiguration {
        let certificates: [NIOSSLCertificate]
        do {
            certificates = try NIOSSLCertificate.fromPEMFile(file)
        } catch {
            throw RootsFailure(description: "it cannot be read as certificates in PEM: \(error)")
        }
        guard !certificates.isEmpty else { throw RootsFailure(description: "there is no certificate in it") }
        var tls = TLSConfiguration.makeClientConfiguration()
        if systemRoots.areThere {
            tls.additionalTrustRoots = [.certificates(certificates)]
        } else {
            // Without the system's, NIOSSL refuses further ones as well.
            tls.trustRoots = .certificates(certificates)
        }
        return tls
    }

    /// Ends all connections. It must be called before the last reference goes.
    package func shutdown() async {
        // A second end, or one in the middle of a request, has nothing more to free.
        try? await client.shutdown()
    }

    package func response(to request: AuthorityRequest) async throws(AuthorityFailure) -> AuthorityResponse {
        // They can have been installed since the last request.
        if let onlyRoots, !onlyRoots.areThere {
            throw .unreachable("\(request.url.text): \(SystemRoots.absence(setting: "“acme.directory-roots”"))")
        }
        do {
            // AsyncHTTPClient's own deadline ends with the head of the answer: a body could come octet by octet for weeks.
            return try await withThrowingTaskGroup(of: AuthorityResponse?.self) { group in
                defer { group.cancelAll() }
                group.addTask { try await self.exchange(request) }
                group.addTask {
                    try await Task.sleep(for: self.timeout)
                    return nil
                }
                guard let response = try await group.next() ?? nil else { throw HTTPClientError.deadlineExceeded }
                return response
            }
        } catch is NIOTooManyBytesError {
            throw .unreachable("its answer has more than \(request.maximumLength) octets")
        } catch {
            throw .unreachable("\(request.url.text): \(words(error))")
        }
    }

    private func exchange(_ request: AuthorityRequest) async throws -> AuthorityResponse {
        var outgoing = HTTPClientRequest(url: request.url.text)
        outgoing.method = HTTPMethod(rawValue: request.method.rawValue)
        outgoing.headers.add(name: "User-Agent", value: userAgent)
        outgoing.headers.add(name: "Accept-Language", value: "en")
        if let accept = request.accept { outgoing.headers.add(name: "Accept", value: accept) }
        if request.method == .post {
            outgoing.headers.add(name: "Content-Type", value: AuthorityRequest.contentType)
            outgoing.body = .bytes(ByteBuffer(bytes: request.body))
        }
        let response = try await client.execute(outgoing, timeout: TimeAmount(timeout))
        let body = try await response.body.collect(upTo: request.maximumLength)
        return AuthorityResponse(
            status: Int(response.status.code),
            fields: response.headers.map { AuthorityResponse.Field(name: $0.name, value: $0.value) },
            body: Array(body.readableBytesView))
    }

    /// The libraries' own errors name functions and numbers.
    private func words(_ error: any Error) -> String {
        switch error as? HTTPClientError {
        case .some(.deadlineExceeded), .some(.readTimeout): return "no answer within \(timeout.components.seconds) s"
        case .some(.connectTimeout): return "no connection within 10 s"
        case .some(.remoteConnectionClosed): return "the connection was closed before the answer was complete"
        case .some(let error): return "the request failed (\(error.shortDescription))"
        case nil: break
        }
        if let known = SocketProblem.known(error) { return known }
        if error is HTTPParserError { return "it does not speak HTTP" }
        let description = String(reflecting: error)
        if description.contains("CERTIFICATE_VERIFY_FAILED") {
            return "its certificate is not trusted: it has expired, or its issuer is not known here"
        }
        if description.contains("ailedToValidateHostname") { return "its certificate is for other names" }
        return "the request failed (\(description))"
    }
}
