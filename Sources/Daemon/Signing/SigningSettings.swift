import DNSSEC
import Sockets

/// The settings that decide how zones are signed.
struct SigningSettings: Sendable {
    var isOn: Bool
    var keyFolder: String
    /// The folder from which private keys are read; `nil` if they are kept in the other folder. It is empty if the keys should be
    /// credentials, and this process has none.
    var credentialsPath: String?
    /// Whether new zones get a KSK and a ZSK instead of one key for both.
    var hasSplitKeys: Bool
    /// The algorithm of the keys of new zones.
    var algorithm: SigningAlgorithm
    /// The age at which a ZSK is replaced; `nil` if it is never replaced.
    var zoneKeyLifetime: Duration?
    /// The resolvers that are asked for the parents' DS records.
    var resolvers: [Endpoint]

    static let off = SigningSettings(
        isOn: false, keyFolder: "", credentialsPath: nil, hasSplitKeys: false, algorithm: .ecdsaP256SHA256,
        zoneKeyLifetime: nil, resolvers: [])
}
