package import DNSSEC
package import Sockets

/// The settings that decide how zones are signed.
package struct SigningSettings: Sendable {
    package var isOn: Bool
    package var keyFolder: String
    /// The folder from which private keys are read; `nil` if they are kept in the other folder. It is empty if the keys should be
    /// credentials, and this process has none.
    package var credentialsPath: String?
    /// Whether new zones get a KSK and a ZSK instead of one key for both.
    package var hasSplitKeys: Bool
    /// The algorithm of the keys of new zones.
    package var algorithm: SigningAlgorithm
    /// The age at which a ZSK is replaced; `nil` if it is never replaced.
    package var zoneKeyLifetime: Duration?
    /// The resolvers that are asked for the parents' DS records.
    package var resolvers: [Endpoint]

    package init(
        isOn: Bool, keyFolder: String, credentialsPath: String?, hasSplitKeys: Bool, algorithm: SigningAlgorithm,
        zoneKeyLifetime: Duration?, resolvers: [Endpoint]
    ) {
        self.isOn = isOn
        self.keyFolder = keyFolder
        self.credentialsPath = credentialsPath
        self.hasSplitKeys = hasSplitKeys
        self.algorithm = algorithm
        self.zoneKeyLifetime = zoneKeyLifetime
        self.resolvers = resolvers
    }

    static let off = SigningSettings(
        isOn: false, keyFolder: "", credentialsPath: nil, hasSplitKeys: false, algorithm: .ecdsaP256SHA256,
        zoneKeyLifetime: nil, resolvers: [])
}
