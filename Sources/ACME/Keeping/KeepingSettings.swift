package import DNS

/// For what a certificate is kept, and with which authority.
package struct KeepingSettings: Sendable {
    package var directory: AuthorityURL
    /// The names of the certificate; one at least, each once.
    package var names: [HostName]
    /// URLs such as `mailto:hostmaster@example.net`.
    package var contacts: [String]
    /// Whether the operator agrees to the authority's terms of service.
    package var acceptsTerms: Bool
    /// For an authority that binds accounts.
    package var externalAccount: ExternalAccount?
    /// A profile of the authority's; `nil` for its default.
    package var profile: String?

    package init(
        directory: AuthorityURL, names: [HostName], contacts: [String], acceptsTerms: Bool,
        externalAccount: ExternalAccount? = nil, profile: String? = nil
    ) {
        self.directory = directory
        self.names = names
        self.contacts = contacts
        self.acceptsTerms = acceptsTerms
        self.externalAccount = externalAccount
        self.profile = profile
    }

    /// As they are in orders and certificates: in lower case, without a final dot.
    var nameTexts: [String] { names.map { $0.domainName.withoutFinalDot.lowercased() } }

    func name(_ text: String) -> HostName? { names.first { $0.domainName.withoutFinalDot.lowercased() == text } }
}
