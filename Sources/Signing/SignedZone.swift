import DNS
import DNSSEC
import Delegates

/// A zone's keys, and what is known about its parent.
struct SignedZone: Sendable {
    let apex: DomainName
    var keys: ZoneKeys
    var secrets: [UInt16: SigningKey] = [:]
    var parent = ZoneKeys.ParentView.unknown
    /// When resolvers were last asked about the parent, whatever the outcome.
    var parentAsked: Timestamp?
    /// When resolvers last reported ``parent``.
    var parentTold: Timestamp?
    /// Why nothing is known of the parent, or how the resolvers disagree, in words.
    var parentTrouble: String?
    /// Why the last change of keys could not be stored.
    var trouble: KeyFolder.Failure?
    /// The stored values of ``ZoneKeys/waited`` and ``ZoneKeys/dataKeyAge``.
    var keptWaiting: Int64 = 0
    var keptAge: Int64 = 0

    init(apex: DomainName, keys: ZoneKeys) {
        self.apex = apex
        self.keys = keys
        keptWaiting = keys.waited
        keptAge = keys.dataKeyAge
    }

    /// The zone as the folder stores it; `nil` if the folder knows nothing about it yet.
    static func read(_ apex: DomainName, from folder: any KeyStore) throws(KeyFolder.Failure) -> SignedZone? {
        guard let keys = try folder.state(of: apex) else { return nil }
        guard keys.isSound else { throw .unsoundState(apex: apex) }
        var zone = SignedZone(apex: apex, keys: keys)
        for key in keys.keys { zone.secrets[key.tag] = try folder.key(key, of: apex) }
        return zone
    }

    /// Takes what is known of the parent from the same keys of before.
    mutating func keepParent(of former: SignedZone) {
        (parent, parentAsked, parentTold) = (former.parent, former.parentAsked, former.parentTold)
        parentTrouble = former.parentTrouble
    }

    /// Discards what is known of the parent, so that it is asked again.
    mutating func forgetParent() {
        parent = .unknown
        parentAsked = nil
        parentTold = nil
    }

    /// - Returns: `nil` if the zone is not signed.
    func makeSigner() -> ZoneSigner? {
        guard keys.isSigned else { return nil }
        let uses = keys.uses
        func secrets(_ tags: [UInt16]) -> [SigningKey] { tags.compactMap { self.secrets[$0] } }
        return ZoneSigner(
            apex: apex, dataKeys: secrets(uses.data), entryKeys: secrets(uses.entry), publishedKeys: secrets(uses.published),
            parentRequest: uses.requestsDeletion ? .deletion : .delegationSigners(secrets(uses.requested)))
    }

    /// The DS records that the parent should have.
    var requestedDS: [RecordData] { keys.uses.requested.compactMap { secrets[$0]?.ds(apex: apex) } }

    /// The keys whose DS records are among those of the parent.
    func parentView(of records: [RecordData], ttl: ZoneKeys.ParentView.TTL) -> ZoneKeys.ParentView {
        guard !records.isEmpty else { return .none }
        guard records.contains(where: DelegationSignerUse.isUsable) else { return .unusable }
        let present = secrets.values.filter { key in records.contains { key.matches(ds: $0, apex: apex) } }
        let foreign = records.filter { ds in
            DelegationSignerUse.isUsable(ds) && !present.contains { $0.matches(ds: ds, apex: apex) }
        }
        return .keys(Set(present.map(\.tag)), foreign: Set(foreign.map { $0.octets[2] }), ttl: ttl)
    }
}
