/// The octets that a signature covers (RFC 4034 section 3.1.8.1): RRSIG data without the signature, then the records in canonical form and
/// order.
package struct SignatureInput: Sendable {
    package private(set) var octets: [UInt8] = []
    /// The owner in wire form, in lower case.
    private var owner: [UInt8] = []
    private var type = RecordType(rawValue: 0)
    private var ttl: UInt32 = 0

    /// The offsets of fields in RRSIG data.
    private enum Offset {
        static let algorithm = 2
        static let expiration = 8
        static let inception = 12
        static let keyTag = 16
    }

    package init() {}

    /// Begins an RRset. The caller then appends its records.
    ///
    /// - Parameters:
    ///   - name: the owner in wire form, in any case. One that begins with the label `*` is the wildcard itself.
    ///   - signer: the zone's apex.
    package mutating func begin(owner name: Span<UInt8>, type: RecordType, ttl: UInt32, signer: DomainName) {
        self.type = type
        self.ttl = ttl
        owner.removeAll(keepingCapacity: true)
        for index in name.indices { owner.append(ASCIICase.lowercased(name[index])) }
        octets.removeAll(keepingCapacity: true)
        append(type.rawValue)
        octets.append(0)
        octets.append(Self.signedLabelCount(of: name))
        append(ttl)
        octets.append(contentsOf: repeatElement(0, count: 10))
        for octet in signer.wire { octets.append(ASCIICase.lowercased(octet)) }
    }

    /// Appends a record. The caller keeps the canonical order.
    ///
    /// - Parameter data: the RDATA, in canonical form.
    package mutating func append(_ data: Span<UInt8>) {
        octets.append(contentsOf: owner)
        append(type.rawValue)
        append(RecordClass.in.rawValue)
        append(ttl)
        append(UInt16(truncatingIfNeeded: data.count))
        for index in data.indices { octets.append(data[index]) }
    }

    /// Begins an RRset and appends all its records.
    package mutating func set(_ rrset: RRset, signer: DomainName) {
        begin(owner: rrset.owner.wire.span, type: rrset.type, ttl: rrset.ttl, signer: signer)
        for data in rrset.canonicalData { append(data.span) }
    }

    /// Sets the fields that describe the signature itself.
    package mutating func set(inception: UInt32, expiration: UInt32, algorithm: UInt8, keyTag: UInt16) {
        octets[Offset.algorithm] = algorithm
        set(expiration, at: Offset.expiration)
        set(inception, at: Offset.inception)
        set(keyTag, at: Offset.keyTag)
    }

    /// The number of labels for a signature's labels field, without the root and a leading wildcard (RFC 4034 section 3.1.3).
    package static func signedLabelCount(of name: Span<UInt8>) -> UInt8 {
        var count: UInt8 = 0
        var position = 0
        if name[0] == 1, name[1] == UInt8(ascii: "*") { position = 2 }
        while name[position] != 0 {
            count += 1
            position += Int(name[position]) + 1
        }
        return count
    }

    private mutating func append(_ value: some FixedWidthInteger) {
        for shift in stride(from: value.bitWidth - 8, through: 0, by: -8) {
            octets.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    private mutating func set(_ value: some FixedWidthInteger, at offset: Int) {
        for index in 0..<value.bitWidth / 8 {
            octets[offset + index] = UInt8(truncatingIfNeeded: value >> (value.bitWidth - 8 - index * 8))
        }
    }
}
