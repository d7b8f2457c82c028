/// RRSIG and NSEC records, whose names are never compressed (RFC 4034 sections 3.1.7 and 4.1.1).
extension MessageWriter {
    /// Writes an RRSIG record.
    ///
    /// - Parameters:
    ///   - type: the type of the signed RRset.
    ///   - owner: the owner in wire form; `nil` for the question's name.
    ///   - labels: see ``SignatureInput/signedLabelCount(of:)``.
    ///   - ttl: the RRset's TTL in the message, in seconds.
    ///   - originalTTL: the RRset's TTL when it was signed.
    ///   - signer: the zone's apex, in wire form.
    /// - Returns: whether it fit.
    package mutating func write(
        _ signature: Signature, of type: RecordType, owner: Span<UInt8>?, labels: UInt8, ttl: UInt32, originalTTL: UInt32,
        signer: Span<UInt8>, in section: Section
    ) -> Bool {
        let start = count
        let length = 18 + signer.count + Signature.length
        guard writeOwner(owner), count + 10 + length <= limit else {
            count = start
            return false
        }
        appendRecordStart(type: .rrsig, class: .in, ttl: ttl)
        append(
            UInt64(length) << 48 | UInt64(type.rawValue) << 32 | UInt64(signature.algorithm) << 24
                | UInt64(labels) << 16 | UInt64(originalTTL >> 16))
        append(UInt16(truncatingIfNeeded: originalTTL))
        append(UInt64(signature.expiration) << 32 | UInt64(signature.inception))
        append(signature.keyTag)
        append(signer)
        for index in 1..<Signature.wordCount { append(signature.words[index].byteSwapped) }
        count(in: section)
        return true
    }

    /// Writes an NSEC record.
    ///
    /// - Parameters:
    ///   - owner: the owner in wire form; `nil` for the question's name.
    ///   - next: the next name, in wire form.
    /// - Returns: whether it fit.
    package mutating func writeNSEC(
        owner: Span<UInt8>?, ttl: UInt32, next: Span<UInt8>, types: TypeBitmap, in section: Section
    ) -> Bool {
        let start = count
        let length = next.count + types.octets.count
        guard writeOwner(owner), count + 10 + length <= limit else {
            count = start
            return false
        }
        appendRecordStart(type: .nsec, class: .in, ttl: ttl)
        append(UInt16(length))
        append(next)
        append(types.octets.span)
        count(in: section)
        return true
    }
}
