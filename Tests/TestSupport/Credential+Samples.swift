package import DNS
package import Delegates

extension Credential {
    /// A credential of one delegate, checked by a digest.
    package init(
        username: UniqueID, keyDigest: KeyDigest, delegate: DomainName, label: String = "", allowedNetworks: AllowedNetworks,
        created: Timestamp, expires: Timestamp? = nil, lastUse: Use? = nil
    ) {
        self.init(
            username: username, check: .digest(keyDigest), scope: .delegate(delegate), label: label,
            allowedNetworks: allowedNetworks, created: created, expires: expires, lastUse: lastUse)
    }

    /// The digest that checks its key; empty for a slow key.
    package var keyDigest: KeyDigest {
        guard case .digest(let digest) = check else { return KeyDigest(octets: []) }
        return digest
    }

    /// The name of its delegate; the root for a group's credential.
    package var name: DomainName { delegate ?? .root }
}

extension NewCredential {
    package var username: UniqueID { credential.username }
    package var delegate: DomainName { credential.name }
    /// The delegate's first label.
    package var subdomain: String { delegate.labels.first.map { String(decoding: $0, as: UTF8.self) } ?? "" }
    package var allowedNetworks: AllowedNetworks { credential.allowedNetworks }
}

extension Change {
    /// Enrols a delegate with its first credential.
    package static func enrol(with credential: Credential) -> Change {
        .enrol(NewDelegate(name: credential.name, credential: credential))
    }
}

/// Checks keys without bcrypt: a key is right if the hash ends with it.
package struct PlainKeyCheck: SlowKeyCheck {
    package init() {}

    package func matches(
        _ key: String, _ hash: BcryptHash, of username: UniqueID, from address: IPAddress?
    ) async throws(Refusal) -> Bool {
        hash.text.hasSuffix(key) && !key.isEmpty
    }
}
