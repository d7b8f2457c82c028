import DNS

/// What a server says about itself, if configured to; nothing by default.
package struct ServerIdentity: Hashable, Sendable {
    /// The name of this server among several: NSID (RFC 5001), `id.server` and `hostname.bind` (RFC 4892).
    package var identifier: String?
    /// The answer to `version.server` and `version.bind`.
    package var version: String?

    /// The maximum length of a text, in octets: it is one character-string.
    package static let maximumLength = 255

    package init(identifier: String? = nil, version: String? = nil) {
        self.identifier = identifier.map { String($0.prefix(Self.maximumLength)) }
        self.version = version.map { String($0.prefix(Self.maximumLength)) }
    }

    /// The answer to a question of class CHAOS.
    func rrset(for question: Question) -> RRset? {
        guard question.type == .txt || question.type == .any else { return nil }
        let text: String?
        switch question.name {
        case Self.idServer, Self.hostnameBind: text = identifier
        case Self.versionServer, Self.versionBind: text = version
        default: text = nil
        }
        guard let text, text.utf8.count <= Self.maximumLength else { return nil }
        return RRset(owner: question.name, type: .txt, ttl: 0, data: [.txt(text.utf8)])
    }

    private static let idServer = name("id", "server")
    private static let hostnameBind = name("hostname", "bind")
    private static let versionServer = name("version", "server")
    private static let versionBind = name("version", "bind")

    private static func name(_ first: String, _ second: String) -> DomainName {
        DomainName.root.prepending(label: second.utf8)?.prepending(label: first.utf8) ?? .root
    }
}
