package import DNS

/// The current signer of a zone: its keys with their purposes, and the lifetimes of signatures.
///
/// A signer does not change. When keys change, another one replaces it.
package struct ZoneSigner: Sendable {
    package let apex: DomainName
    /// The keys that sign everything except the zone's keys: one of each algorithm (RFC 6840 section 5.11).
    package let dataKeys: [SigningKey]
    /// The keys that sign the DNSKEY, CDS and CDNSKEY RRsets (RFC 7344 section 4.1).
    package let entryKeys: [SigningKey]
    /// The keys with a DNSKEY record in the zone.
    package let publishedKeys: [SigningKey]
    /// The zone's request to its parent.
    package let parentRequest: ParentRequest
    package let policy: SignaturePolicy
    /// The seed of the jitter, which differs from process to process.
    private let seed: UInt64

    /// The request in CDS and CDNSKEY records.
    package enum ParentRequest: Sendable {
        /// A DS of each of these keys.
        case delegationSigners([SigningKey])
        /// No DS any more (RFC 8078 section 4).
        case deletion
    }

    /// The TTL of DNSKEY, CDS and CDNSKEY, in seconds.
    package static let keyTTL: UInt32 = 3600

    package init(
        apex: DomainName, dataKeys: [SigningKey], entryKeys: [SigningKey], publishedKeys: [SigningKey],
        parentRequest: ParentRequest, policy: SignaturePolicy = SignaturePolicy()
    ) {
        self.apex = apex.lowercased
        self.dataKeys = dataKeys
        self.entryKeys = entryKeys
        self.publishedKeys = publishedKeys
        self.parentRequest = parentRequest
        self.policy = policy
        var generator = SystemRandomNumberGenerator()
        seed = generator.next()
    }

    /// The RRsets at the apex that publish the keys.
    package var keyRRsets: [RRset] {
        let dnskey = RRset(owner: apex, type: .dnskey, ttl: Self.keyTTL, data: publishedKeys.map(\.dnskey))
        return (publishedKeys.isEmpty ? [] : [dnskey]) + requests(at: apex)
    }

    /// The CDS and CDNSKEY RRsets; empty if nothing is requested.
    private func requests(at owner: DomainName) -> [RRset] {
        let data: (cds: [RecordData], cdnskey: [RecordData])
        switch parentRequest {
        case .delegationSigners(let keys):
            data = (keys.map { $0.ds(apex: apex).retyped(.cds) }, keys.map { $0.dnskey.retyped(.cdnskey) })
        case .deletion:
            data = ([.deletingCDS], [.deletingCDNSKEY])
        }
        guard !data.cds.isEmpty else { return [] }
        return [
            RRset(owner: owner, type: .cds, ttl: Self.keyTTL, data: data.cds),
            RRset(owner: owner, type: .cdnskey, ttl: Self.keyTTL, data: data.cdnskey),
        ]
    }

    /// The DS RRset that the parent zone should have.
    ///
    /// - Returns: `nil` if it should have none.
    package func delegationSigners(ttl: UInt32) -> RRset? {
        guard case .delegationSigners(let keys) = parentRequest, !keys.isEmpty else { return nil }
        return RRset(owner: apex, type: .ds, ttl: ttl, data: keys.map { $0.ds(apex: apex) })
    }

    // MARK: Signals

    /// The name in a name server's zone that says which DS this zone wants, so that a parent without a DS can believe it (RFC 9615
    /// section 3.1). Only a name server outside the zone has such a name.
    ///
    /// - Returns: `nil` if the name server is in the zone, or the name would be too long.
    package func signalName(below nameserver: DomainName) -> DomainName? {
        guard !nameserver.isAtOrBelow(apex) else { return nil }
        var name = nameserver.prepending(label: "_signal".utf8)
        for label in apex.labels.reversed() { name = name?.prepending(label: label) }
        return name?.prepending(label: "_dsboot".utf8)
    }

    /// The RRsets at ``signalName(below:)``.
    package func signals(at owner: DomainName) -> [RRset] { requests(at: owner) }

    /// The keys that sign an RRset of a type.
    package func keys(for type: RecordType) -> [SigningKey] {
        type == .dnskey || type == .cds || type == .cdnskey ? entryKeys : dataKeys
    }

    /// Whether a signature made in advance can be given out: it holds for long enough, and its key is known.
    package func isUsable(_ signature: Signature, at now: UInt32) -> Bool {
        policy.isGivenOut(signature, at: now)
            && (publishedKeys.contains { $0.tag == signature.keyTag } || dataKeys.contains { $0.tag == signature.keyTag })
    }

    /// Whether an RRset's signatures made in advance can be given out. Those of two algorithms go together.
    package func areUsable(_ signatures: [Signature], at now: UInt32) -> Bool {
        !signatures.isEmpty && signatures.allSatisfy { isUsable($0, at: now) }
    }

    // MARK: Signing

    /// Returns the RRset with signatures made in advance.
    ///
    /// - Parameter now: seconds since 1970, modulo 2^32.
    package func signed(_ rrset: RRset, at now: UInt32) -> RRset {
        var rrset = rrset
        var input = SignatureInput()
        input.set(rrset, signer: apex)
        rrset.signatures = signatures(over: &input, type: rrset.type, at: now, lifetime: policy.lifetime)
        return rrset
    }

    /// Signs an input once with each key for its type.
    ///
    /// - Parameters:
    ///   - now: seconds since 1970, modulo 2^32.
    ///   - lifetime: the lifetime, in seconds.
    package func signatures(
        over input: inout SignatureInput, type: RecordType, at now: UInt32, lifetime: UInt32
    ) -> [Signature] {
        keys(for: type).compactMap { signature(over: &input, by: $0, at: now, lifetime: lifetime) }
    }

    /// - Returns: `nil` if there is no memory for the signature.
    package func signature(
        over input: inout SignatureInput, by key: SigningKey, at now: UInt32, lifetime: UInt32
    ) -> Signature? {
        var spread = WordHash(seed: seed)
        spread.combine(UInt64(now) << 32 | UInt64(input.octets.count))
        for octet in input.octets.suffix(32) { spread.combine(UInt64(octet)) }
        let jitter = UInt32(truncatingIfNeeded: spread.value % UInt64(max(1, min(policy.jitter, lifetime / 2))))
        let inception = now &- SignaturePolicy.backdating
        let units = (lifetime - jitter + SignaturePolicy.backdating) / Signature.lifetimeUnit
        let whole = min(units * Signature.lifetimeUnit, Signature.maximumLifetime)
        input.set(
            inception: inception, expiration: inception &+ whole, algorithm: key.algorithm.rawValue, keyTag: key.tag)
        return key.signature(over: input.octets).map {
            Signature(
                inception: inception, lifetime: whole, algorithm: key.algorithm.rawValue, keyTag: key.tag, octets: $0)
        }
    }
}
