package import DNS

/// A domain that a delegate is for, as its holder or an operator has declared it.
///
/// It is a host name in lower case, with internationalised labels as A-labels, of at most 237 characters: `_acme-challenge.` has to fit in
/// front of it. A declaration proves nothing and gives no right. Several delegates can therefore declare the same domain, and none keeps
/// another from it: the domain's CNAME leads to one of them, and that one's declaration is verified.
package struct DeclaredDomain: Hashable, Sendable, CustomStringConvertible {
    package let name: DomainName

    private static let challengeLabel = "_acme-challenge"

    /// Reads a domain as people write it, in any case, with or without a final dot.
    ///
    /// - Throws: ``Refusal/invalidDomain(_:)``, which says what the text is instead and, if known, what to write: the domain of a wildcard,
    ///   of a challenge name or of a URL, or the A-labels of a Unicode name.
    package init(_ text: String) throws(Refusal) {
        let challenge = Self.challengeLabel + "."
        var bare = (HostName.name(within: text) ?? text)[...]
        let isWithin = bare.lowercased().hasPrefix(challenge)
        while let prefix = [challenge, "*."].first(where: { bare.lowercased().hasPrefix($0) }) {
            bare = bare.dropFirst(prefix.count)
        }
        if isWithin || text.lowercased().hasPrefix(challenge), let domain = HostName.ascii(bare, underscores: .nowhere) {
            throw .invalidDomain("“\(text)” is where the challenges of a domain are: give the domain itself, “\(domain)”")
        }
        let host: HostName
        do {
            host = try HostName(text)
        } catch {
            throw .invalidDomain(error.description)
        }
        name = host.domainName.lowercased
        guard name.prepending(label: Self.challengeLabel.utf8) != nil else {
            throw .invalidDomain("“\(text)” is too long: there is no room for “\(challenge)” in front of it")
        }
    }

    /// In lower case, without a final dot.
    package var description: String { name.withoutFinalDot }

    /// The name that certificate authorities ask (RFC 8555 section 8.4).
    package var challengeName: DomainName { name.prepending(label: Self.challengeLabel.utf8) ?? name }
}

extension [DeclaredDomain] {
    /// Reads domains, of which a repetition counts once.
    ///
    /// - Throws: ``Refusal/tooManyDomains`` for more than ``Limits/domainsOfDelegate`` texts, ``Refusal/invalidDomain(_:)`` for the first
    ///   that is not a domain.
    package init(_ texts: [String]) throws(Refusal) {
        guard texts.count <= Limits.domainsOfDelegate else { throw .tooManyDomains }
        self = []
        var known: Set<DeclaredDomain> = []
        for text in texts {
            let domain = try DeclaredDomain(text)
            if known.insert(domain).inserted { append(domain) }
        }
    }
}
