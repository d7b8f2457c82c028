/// Where an authority does what, and what it says of itself (RFC 8555 section 7.1.1).
package struct Directory: Hashable, Sendable {
    package let url: AuthorityURL
    let newNonce: AuthorityURL
    let newAccount: AuthorityURL
    let newOrder: AuthorityURL
    let revokeCertificate: AuthorityURL?
    /// Where the authority tells when to renew (RFC 9773); `nil` if it does not.
    let renewalInformation: AuthorityURL?

    /// The URL of the terms of service, for a person to read, of any host; `nil` if there are none.
    package let termsOfService: String?
    /// Whether a new account needs a key of an account elsewhere.
    package let requiresExternalAccount: Bool
    /// The names of the profiles that an order can have, sorted; empty if the authority has none.
    package let profiles: [String]
    /// The names that stand for this authority in CAA records (RFC 8659 section 4.2), as the authority writes them.
    package let caaIdentities: [String]

    /// The number of profiles and of CAA identities that are read.
    package static let maximumListLength = 100

    /// - Throws: ``AuthorityFailure/invalid(_:)`` if a URL that is always needed is absent, or leads elsewhere.
    init(_ value: JSONValue, at url: AuthorityURL) throws(AuthorityFailure) {
        self.url = url
        newNonce = try Self.url("newNonce", of: value, at: url)
        newAccount = try Self.url("newAccount", of: value, at: url)
        newOrder = try Self.url("newOrder", of: value, at: url)
        revokeCertificate = url.sibling(value.text("revokeCert"))
        renewalInformation = url.sibling(value.text("renewalInfo"))
        let meta = value["meta"]
        termsOfService = meta?.text("termsOfService").flatMap(Self.webAddress)
        requiresExternalAccount = meta?.truth("externalAccountRequired") ?? false
        if case .object(let profiles) = meta?["profiles"] {
            self.profiles = Array(profiles.keys.filter { $0.utf8.count <= 64 }.sorted().prefix(Self.maximumListLength))
        } else {
            profiles = []
        }
        caaIdentities = Array(
            (meta?.list("caaIdentities") ?? []).compactMap(\.asText).filter { 1...253 ~= $0.utf8.count }
                .prefix(Self.maximumListLength))
    }

    private static func url(_ member: String, of value: JSONValue, at url: AuthorityURL) throws(AuthorityFailure)
        -> AuthorityURL
    {
        guard let text = value.text(member) else { throw .invalid("its directory has no URL “\(member)”") }
        guard let sibling = url.sibling(text) else {
            throw .invalid("the URL “\(member)” of its directory is not one of https://\(url.origin)")
        }
        return sibling
    }

    /// Printable ASCII of a bounded length: it goes to logs and terminals.
    private static func webAddress(_ text: String) -> String? {
        text.utf8.count <= AuthorityURL.maximumLength && text.utf8.allSatisfy { 0x21...0x7E ~= $0 } ? text : nil
    }
}
