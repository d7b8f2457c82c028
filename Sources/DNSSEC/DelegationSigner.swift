import Crypto
package import DNS

/// The comparison of a parent's DS record with a zone's key.
package enum DelegationSigner {
    /// Whether a DS record is that of a DNSKEY record (RFC 4034 section 5.1.4). One with a digest that is not known here counts as fitting if tag
    /// and algorithm do.
    package static func does(_ signer: RecordData, fit key: RecordData, of apex: DomainName) -> Bool {
        guard signer.octets.count > 4, key.octets.count > 4,
            signer.octets.prefix(2).elementsEqual([UInt8(key.keyTag >> 8), UInt8(key.keyTag & 0xFF)]),
            signer.octets[2] == key.octets[3]
        else { return false }
        let content = apex.lowercased.wire + key.octets
        let digest = signer.octets.dropFirst(4)
        return switch signer.octets[3] {
        case 1: digest.elementsEqual(Insecure.SHA1.hash(data: content))
        case 2: digest.elementsEqual(SHA256.hash(data: content))
        case 4: digest.elementsEqual(SHA384.hash(data: content))
        default: true
        }
    }
}
