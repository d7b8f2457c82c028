/// The records of one owner and type, which are served whole or not at all (RFC 2181 section 5).
package struct RRset: Hashable, Sendable {
    package var owner: DomainName
    package var type: RecordType
    /// The TTL in seconds, the same for each record (RFC 2181 section 5.2).
    package var ttl: UInt32
    package var data: [RecordData]
    /// The signatures of a signed RRset.
    package var signatures: [Signature] = []

    package init(owner: DomainName, type: RecordType, ttl: UInt32, data: [RecordData]) {
        self.owner = owner
        self.type = type
        self.ttl = ttl
        self.data = data
    }
}
