import Crypto
package import DNS

/// What the storage keeps of a credential.
package struct Credential: Hashable, Sendable {
    package var username: UniqueID
    package var check: KeyCheck
    package var scope: Scope
    /// What its holder calls it; at most ``maximumLabelLength`` characters.
    package var label: String
    package var allowedNetworks: AllowedNetworks
    package var created: Timestamp
    /// From then on it is not taken any more; nothing if that never comes.
    package var expires: Timestamp?
    /// When and from where something was last changed with it.
    package var lastUse: Use?
    /// Its delegate is disabled, and so it is not taken until that is enabled again.
    package var isDisabled: Bool

    package struct Use: Hashable, Sendable {
        /// To the ``precision``: it is not written again for each of many uses from the same address.
        package var time: Timestamp
        /// As the audit log keeps addresses.
        package var address: String?

        package static let precision = Duration.seconds(60)

        /// Whether it does not have to be written down again for a use that is like this one.
        package func stands(for use: Use) -> Bool {
            address == use.address && time <= use.time && use.time <= time.advanced(by: Self.precision)
        }

        package init(time: Timestamp, address: String?) {
            self.time = time
            self.address = address
        }
    }

    package static let maximumLabelLength = 64

    /// For what it is good.
    package enum Scope: Hashable, Sendable {
        /// Everything that a holder can do with one delegate.
        case delegate(DomainName)
        /// Publishing at any of a group's delegates, and nothing else.
        case group(OperatorLabel)
    }

    package init(
        username: UniqueID, check: KeyCheck, scope: Scope, label: String = "", allowedNetworks: AllowedNetworks,
        created: Timestamp, expires: Timestamp? = nil, lastUse: Use? = nil, isDisabled: Bool = false
    ) {
        self.username = username
        self.check = check
        self.scope = scope
        self.label = label
        self.allowedNetworks = allowedNetworks
        self.created = created
        self.expires = expires
        self.lastUse = lastUse
        self.isDisabled = isDisabled
    }

    package func hasExpired(at now: Timestamp) -> Bool {
        expires.map { $0 <= now } ?? false
    }

    /// The delegate of whose holder it is; nothing if it is a group's.
    package var delegate: DomainName? {
        guard case .delegate(let name) = scope else { return nil }
        return name
    }
}

/// How the storage can tell that a key is right, without knowing it.
package enum KeyCheck: Hashable, Sendable {
    case digest(KeyDigest)
    /// Of a credential that came from acme-dns and was not used since.
    case bcrypt(BcryptHash)
}

/// What a holder can change of a credential; what is nothing stays.
package struct CredentialEdit: Hashable, Sendable {
    package var label: String?
    package var allowedNetworks: AllowedNetworks?
    /// Inside: nothing for a credential that does not expire.
    package var expires: Timestamp??

    package init(label: String? = nil, allowedNetworks: AllowedNetworks? = nil, expires: Timestamp?? = nil) {
        self.label = label
        self.allowedNetworks = allowedNetworks
        self.expires = expires
    }
}

/// What a client sends as X-Api-Key. It is shown once, when it is made, and never stored or logged.
package struct APIKey: Sendable {
    package let text: String

    /// The form of acme-dns: 40 characters of base64url, here 240 random bits.
    package static let length = 40

    package init(using generator: inout some RandomNumberGenerator) {
        text = Base64URL.random(digits: Self.length, using: &generator)
    }

    package init(_ text: String) {
        self.text = text
    }

    /// Makes one that nobody else has or can guess.
    package static func random() -> APIKey {
        var generator = SystemRandomNumberGenerator()
        return APIKey(using: &generator)
    }

    package var digest: KeyDigest {
        KeyDigest(octets: Array(SHA256.hash(data: Array(text.utf8))))
    }
}

/// The SHA-256 of a key. Keys are random, so a slow hash would protect nothing and cost much.
package struct KeyDigest: Hashable, Sendable {
    package let octets: [UInt8]

    package init(octets: [UInt8]) {
        self.octets = octets
    }

    /// Compared in a time that does not depend on where two digests differ.
    package static func == (left: KeyDigest, right: KeyDigest) -> Bool {
        guard left.octets.count == right.octets.count else { return false }
        var difference: UInt8 = 0
        for index in left.octets.indices { difference |= left.octets[index] ^ right.octets[index] }
        return difference == 0
    }
}
