import DNS
import DNSSEC

/// Where the private keys of zones are, and the state of each zone's keys: a folder of this server alone (``KeyFolder``), or what several
/// servers share (``SharedKeys``).
protocol KeyStore: Sendable {
    /// Whether new keys can be made here.
    var makesKeys: Bool { get }

    /// - Returns: `nil` for a zone that is not known here yet.
    func state(of apex: DomainName) throws(KeyFolder.Failure) -> ZoneKeys?

    /// The secret of one of a zone's keys.
    func key(_ key: ZoneKeys.Key, of apex: DomainName) throws(KeyFolder.Failure) -> SigningKey

    /// The keys of a zone that were put there and have none of these tags.
    func unusedKeys(of apex: DomainName, besides tags: Set<UInt16>) throws(KeyFolder.Failure) -> [SigningKey]

    func makeKey(
        _ algorithm: SigningAlgorithm, _ role: ZoneKeys.Role, of apex: DomainName, besides tags: Set<UInt16>
    ) throws(KeyFolder.Failure) -> SigningKey

    /// Keeps a zone's state, with the secrets of its keys.
    ///
    /// - Parameter former: the state until then; `nil` if there was none.
    /// - Throws: why the state does not hold, or ``KeyFolder/Failure/agreeing(apex:proposal:)``: it does not hold yet.
    func keep(_ state: ZoneKeys, of apex: DomainName, after former: ZoneKeys?) throws(KeyFolder.Failure)

    /// Deletes a key that has no use any more.
    func remove(_ key: SigningKey, of apex: DomainName)
}

extension KeyFolder: KeyStore {}
