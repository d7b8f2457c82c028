import DNS
import DNSSEC
import Delegates

/// The signatures and proofs in a signed zone, for clients that want them (RFC 4035 section 3.1). Each function returns whether everything
/// required is there; if not, it did not fit or could not be signed.
extension Reply {
    private var occasion: SigningOnDemand.Occasion {
        SigningOnDemand.Occasion(time: moment.systemTime, isAddressProved: isAddressProved)
    }

    // MARK: Signatures

    /// Writes an RRset with its signatures.
    mutating func write(
        _ rrset: RRset, at name: Span<UInt8>, in section: MessageWriter.Section, of zone: Zone
    ) -> Bool {
        guard message.write(rrset, owner: name, in: section) else { return false }
        guard isSigned(zone), let signer = zone.signer else { return true }
        var signatures = rrset.signatures
        var occasion = occasion
        // Signatures made ahead hold for long enough, unless they were not renewed for days, or the clock was set.
        occasion.isOwed = !signatures.isEmpty
        if !signer.areUsable(signatures, at: moment.systemTime) {
            signatures = signing.signatures(of: rrset, at: name, by: signer, occasion)
        }
        return write(signatures, of: rrset.type, ttl: rrset.ttl, at: name, in: section, by: signer)
    }

    /// - Returns: whether there are any, and all of them fit.
    private mutating func write(
        _ signatures: [Signature], of type: RecordType, ttl: UInt32, originalTTL: UInt32? = nil, at name: Span<UInt8>,
        in section: MessageWriter.Section, by signer: ZoneSigner
    ) -> Bool {
        let labels = SignatureInput.signedLabelCount(of: name)
        for signature in signatures {
            let isWritten = message.write(
                signature, of: type, owner: name, labels: labels, ttl: ttl, originalTTL: originalTTL ?? ttl,
                signer: signer.apex.wire.span, in: section)
            guard isWritten else { return false }
        }
        return !signatures.isEmpty
    }

    /// Writes the signatures over a delegate's values: those that were read or, if they are missing or no longer good, new ones.
    mutating func writeSignatures(ofValuesAt name: Span<UInt8>, in zone: Zone) -> Bool {
        let ttl = DelegateAnswers.challengeTTL
        guard isSigned(zone), let signer = zone.signer else { return true }
        let labels = SignatureInput.signedLabelCount(of: name)
        var usable = 0
        while usable < values.signatureCount, signer.isUsable(values.signature(at: usable), at: moment.systemTime) {
            usable += 1
        }
        // Signatures of two algorithms go together (RFC 4035 section 2.2).
        let isWhole = usable > 0 && usable == values.signatureCount
        var count = 0
        while isWhole, count < usable {
            let isWritten = message.write(
                values.signature(at: count), of: .txt, owner: name, labels: labels, ttl: ttl, originalTTL: ttl,
                signer: signer.apex.wire.span, in: .answer)
            guard isWritten else { return false }
            count += 1
        }
        if isWhole { return true }
        let rrset = RRset(owner: .root, type: .txt, ttl: ttl, data: values.recordData)
        var occasion = occasion
        occasion.isOwed = true
        let signatures = signing.signatures(of: rrset, at: name, by: signer, occasion)
        return write(signatures, of: .txt, ttl: ttl, at: name, in: .answer, by: signer)
    }

    mutating func writeSOASignatures(of zone: Zone, at place: Int, ttl: UInt32, in section: MessageWriter.Section) -> Bool {
        guard isSigned(zone), let signer = zone.signer else { return true }
        let apex = zone.apex.wire
        let signatures = signing.signaturesOfSOA(of: zone, place: place, change: moment.change, by: signer, occasion)
        return write(signatures, of: .soa, ttl: ttl, originalTTL: zone.soaTTL, at: apex.span, in: section, by: signer)
    }

    /// Writes the signatures over addresses in the additional section that fit. None is made here: one that does not hold for long enough
    /// is left out, too.
    mutating func writeSignatures(ofAddresses addresses: [RRset], in zone: Zone) {
        guard isSigned(zone), let signer = zone.signer else { return }
        for rrset in addresses where signer.areUsable(rrset.signatures, at: moment.systemTime) {
            let owner = rrset.owner.wire
            _ = write(rrset.signatures, of: rrset.type, ttl: rrset.ttl, at: owner.span, in: .additional, by: signer)
        }
    }

    // MARK: Proofs

    /// Writes that the type does not exist: the SOA and, for clients that want it, the proof.
    ///
    /// - Parameter types: the types that the name has; `nil` if it does not exist.
    mutating func writeDenial(_ types: TypeBitmap?, at name: Span<UInt8>, place: Int, zones: Zones) -> Bool {
        let zone = zones.all[place]
        if type == .nsec || type == .rrsig, types != nil || isSigned(zone), let signer = zone.signer {
            // The query asks for the proof itself, or for the signature over it: each name has both, as its types say.
            let parts: ProofParts = type == .nsec ? (isSigned(zone) ? .whole : .record) : .signatures
            return writeProof(types ?? .nonexistentName, at: name, in: .answer, of: zone, by: signer, parts: parts)
        }
        guard zone.writeNegativeSOA(at: moment.change, into: &message) else { return false }
        guard isSigned(zone), let signer = zone.signer else { return true }
        return writeSOASignatures(of: zone, at: place, ttl: zone.negativeTTL, in: .authority)
            && writeProof(types ?? .nonexistentName, at: name, in: .authority, of: zone, by: signer)
    }

    private enum ProofParts { case record, signatures, whole }

    /// Writes the one NSEC record that says which types a name has, and that there is no name before the next one (RFC 9824 section 3).
    private mutating func writeProof(
        _ types: TypeBitmap, at name: Span<UInt8>, in section: MessageWriter.Section, of zone: Zone, by signer: ZoneSigner,
        parts: ProofParts = .whole
    ) -> Bool {
        let next = DomainName.successor(of: name, apex: zone.apex)
        if parts != .signatures {
            guard message.writeNSEC(owner: name, ttl: zone.negativeTTL, next: next.span, types: types, in: section)
            else { return false }
        }
        guard parts != .record else { return true }
        let signatures = signing.signatures(
            ofNSECAt: name, ttl: zone.negativeTTL, next: next, types: types, by: signer, occasion)
        return write(signatures, of: .nsec, ttl: zone.negativeTTL, at: name, in: section, by: signer)
    }

    private static let typesOfInsecureDelegation = TypeBitmap([.ns, .rrsig, .nsec])

    /// Writes the DS records of a delegation, or the proof that there are none (RFC 4035 section 3.1.4).
    mutating func writeSecurity(ofReferral rrset: RRset, _ ds: RRset?, in zone: Zone) -> Bool {
        guard isSigned(zone), let signer = zone.signer else { return true }
        let owner = rrset.owner.wire
        if let ds { return write(ds, at: owner.span, in: .authority, of: zone) }
        return writeProof(Self.typesOfInsecureDelegation, at: owner.span, in: .authority, of: zone, by: signer)
    }
}
