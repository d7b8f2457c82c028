import DNS
import Delegates
import Signing

/// What signing takes from the configuration.
extension SigningSettings {
    init(_ signing: Configuration.Signing) {
        self.init(
            isOn: signing.isOn, keyFolder: signing.keyFolder,
            secrets: signing.credentialsPath.map { .credentials(folder: $0.isEmpty ? nil : $0) } ?? .inKeyFolder,
            hasSplitKeys: signing.hasSplitKeys, algorithm: signing.algorithm, zoneKeyLifetime: signing.zoneKeyLifetime,
            resolvers: signing.resolvers, isShared: signing.sealingKey != nil)
    }
}

extension SignedZones {
    /// Takes up the zones of a configuration, with the keys that they have, or new ones.
    ///
    /// - Parameter beginsZones: whether zones without a state get their first keys. Without that, neither the folder nor a key is made.
    func adopt(_ configuration: Configuration, beginsZones: Bool = true, now: Timestamp) throws(KeyFolder.Failure) {
        try adopt(configuration.zones, SigningSettings(configuration.signing), beginsZones: beginsZones, now: now)
    }
}

extension LostKeys {
    /// - Parameter shared: the zones whose keys nodes share.
    init(configuration: Configuration, shared: Set<DomainName> = []) {
        self.init(zones: configuration.zones, settings: SigningSettings(configuration.signing), shared: shared)
    }
}
