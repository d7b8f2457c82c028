import DelegateAPI
import Foundation
import NIOHTTP1

/// A client that keeps the domains of a credential's delegate.
struct HolderClient {
    private let api: APIClient
    private let credential: CredentialFile

    /// The delegate as the credential names it: the first label.
    var delegate: String { credential.subdomain }

    /// Passes a client for the credential to `body`.
    ///
    /// - Throws: an exit code; the problem has been printed.
    static func with<Outcome>(
        credentials path: String, _ options: HolderOptions, _ body: (HolderClient) async throws -> Outcome
    ) async throws -> Outcome {
        do {
            let credential = try CredentialFile(path: path, domain: options.key)
            let api = try APIClient(server: credential.serverURL(option: options.server, path: path))
            return try await body(HolderClient(api: api, credential: credential))
        } catch let failure as Failure {
            throw failure.reported()
        }
    }

    func domains() async throws(Failure) -> [DomainDescription] {
        let answer: DomainListResponse = try await api.get("domains" + query, as: credential)
        return answer.domains
    }

    /// - Parameter domain: a name of ``CertificateDomain``.
    func add(_ domain: String) async throws(Failure) {
        try await api.send(.PUT, "domains/\(domain)" + query, as: credential, expecting: .noContent)
    }

    /// - Parameter domain: a name of ``CertificateDomain``.
    func remove(_ domain: String) async throws(Failure) {
        try await api.send(.DELETE, "domains/\(domain)" + query, as: credential, expecting: .noContent)
    }

    /// The delegate, which a group's key must name.
    private var query: String {
        "?subdomain=" + (delegate.addingPercentEncoding(withAllowedCharacters: Self.plain) ?? "")
    }

    private static let plain = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._"))
}
