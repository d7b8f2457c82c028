import DNS
import DNSSEC
import Delegates

/// When a question is answered.
struct Moment {
    /// The number of the latest change, modulo 2^32.
    var change: UInt32
    /// The system's clock, modulo 2^32, by which signatures are judged.
    var systemTime: UInt32
}

/// The sections of answers. In a signed zone, they carry signatures for clients that want them (RFC 4035 section 3.1).
extension Reply {
    /// - Returns: whether everything required is there; if not, it did not fit or could not be signed.
    func writeSections(
        of answer: Answer, values: borrowing ServedValues, zones: Zones, moment: Moment, to message: Span<UInt8>,
        with signing: inout SigningOnDemand, into response: inout MessageWriter
    ) -> Bool {
        let name = message.extracting(nameRange)
        guard let last = answer.aliases.last?.rrset.data.first?.octets else {
            return writeOutcome(
                of: answer, name: name, owner: nil, values: values, zones: zones, moment: moment, with: &signing,
                into: &response)
        }
        let first = answer.aliases[0]
        guard
            write(
                first.rrset, name: name, owner: nil, in: .answer, of: zones.all[first.zone], moment: moment, with: &signing,
                into: &response)
        else { return false }
        for (alias, previous) in zip(answer.aliases.dropFirst(), answer.aliases) {
            guard let owner = previous.rrset.data.first?.octets,
                write(
                    alias.rrset, name: owner.span, owner: owner.span, in: .answer, of: zones.all[alias.zone], moment: moment,
                    with: &signing, into: &response)
            else { return false }
        }
        return writeOutcome(
            of: answer, name: last.span, owner: last.span, values: values, zones: zones, moment: moment, with: &signing,
            into: &response)
    }

    /// - Parameters:
    ///   - name: the name that was looked up last.
    ///   - owner: the same name; `nil` for the question's name.
    private func writeOutcome(
        of answer: Answer, name: Span<UInt8>, owner: Span<UInt8>?, values: borrowing ServedValues, zones: Zones,
        moment: Moment, with signing: inout SigningOnDemand, into response: inout MessageWriter
    ) -> Bool {
        switch answer.outcome {
        case .challengeValues(let zone):
            let isWritten = values.withRecordData { data in
                response.writeRecords(
                    .txt, owner: owner, ttl: DelegateAnswers.challengeTTL, data: data, dataLength: ServedValues.dataLength,
                    in: .answer)
            }
            guard isWritten, wantsSignatures else { return isWritten }
            return writeSignatures(
                of: .txt, ttl: DelegateAnswers.challengeTTL, name: name, owner: owner, values: values, in: zones.all[zone],
                moment: moment, with: &signing, into: &response)
        case .noIssuance(let zone):
            guard response.write(Self.noIssuance, owner: owner, in: .answer) else { return false }
            guard wantsSignatures else { return true }
            return writeSignatures(
                of: .caa, ttl: DelegateAnswers.issuanceTTL, name: name, owner: owner, values: values, in: zones.all[zone],
                moment: moment, with: &signing, into: &response)
        case .records(let rrset, let place):
            let zone = zones.all[place]
            guard rrset.type != .soa else {
                return response.write(rrset, owner: owner, in: .answer)
                    && writeSOASignatures(
                        of: zone, at: place, owner: owner, ttl: rrset.ttl, in: .answer, moment: moment, with: &signing,
                        into: &response)
            }
            guard
                write(
                    rrset, name: name, owner: owner, in: .answer, of: zone, moment: moment, with: &signing, into: &response)
            else { return false }
            // Addresses are a convenience here: those that do not fit are left out (RFC 2181 section 9).
            if rrset.type == .ns { _ = writeAddresses(of: rrset, in: zone, moment: moment, into: &response) }
            return true
        case .minimalAny(let zone):
            return response.write(zones.all[zone].minimalAny, owner: owner, in: .answer)
        case .noData(let types, let zone):
            return writeDenial(
                types, name: name, owner: owner, place: zone, zones: zones, moment: moment, with: &signing, into: &response)
        case .noDataAtDelegate(let zone):
            return writeDenial(
                type == .txt ? Self.typesOfSilentDelegate : Self.typesOfDelegate, name: name, owner: owner,
                place: zone, zones: zones, moment: moment, with: &signing, into: &response)
        case .nameError(let zone):
            return writeDenial(
                nil, name: name, owner: owner, place: zone, zones: zones, moment: moment, with: &signing, into: &response)
        case .referral(let rrset, let ds, let place):
            let zone = zones.all[place]
            return response.write(rrset, in: .authority)
                && writeSecurity(ofReferral: rrset, ds, in: zone, moment: moment, with: &signing, into: &response)
                // A resolver cannot continue without the addresses of name servers below the cut (RFC 9471).
                && writeAddresses(of: rrset, in: zone, moment: moment, into: &response)
        case .aliasLeadsOn, .refused:
            return true
        }
    }

    private static let noIssuance = DelegateAnswers.noIssuance(at: .root)
    /// A delegate has TXT in every proof but the one that denies TXT: its values may come at any moment, and resolvers that apply a proof
    /// to all types (RFC 8198) would deny them for as long as they keep it.
    /// Measured: they denied values that were published after they had asked for another type.
    private static let typesOfDelegate = TypeBitmap([.txt, .caa, .rrsig, .nsec])
    private static let typesOfSilentDelegate = TypeBitmap([.caa, .rrsig, .nsec])
    private static let typesOfInsecureDelegation = TypeBitmap([.ns, .rrsig, .nsec])

    /// Writes the addresses of name servers, then their signatures as far as there is room: signatures are left out first (RFC 4035 section
    /// 3.1.1).
    ///
    /// - Returns: whether all addresses fit.
    private func writeAddresses(of rrset: RRset, in zone: Zone, moment: Moment, into response: inout MessageWriter) -> Bool {
        let addresses = rrset.data.compactMap(\.target).filter { $0.isAtOrBelow(zone.apex) }.flatMap { name in
            [RecordType.a, .aaaa].compactMap { zone.rrset(at: name, type: $0) }
        }
        for rrset in addresses {
            guard response.write(rrset, in: .additional) else { return false }
        }
        guard isSigned(zone), let signer = zone.signer else { return true }
        // No signature is made here: one that does not hold for long enough is left out, too.
        for rrset in addresses where signer.areUsable(rrset.signatures, at: moment.systemTime) {
            let owner = rrset.owner.wire
            _ = write(
                rrset.signatures, of: rrset.type, ttl: rrset.ttl, name: owner.span, owner: owner.span, in: .additional,
                by: signer,
                into: &response)
        }
        return true
    }

    // MARK: Signatures

    private func occasion(_ moment: Moment) -> SigningOnDemand.Occasion {
        SigningOnDemand.Occasion(time: moment.systemTime, isAddressProved: isAddressProved)
    }

    /// Writes an RRset with its signatures.
    private func write(
        _ rrset: RRset, name: Span<UInt8>, owner: Span<UInt8>?, in section: MessageWriter.Section, of zone: Zone,
        moment: Moment, with signing: inout SigningOnDemand, into response: inout MessageWriter
    ) -> Bool {
        guard response.write(rrset, owner: owner, in: section) else { return false }
        guard isSigned(zone), let signer = zone.signer else { return true }
        var signatures = rrset.signatures
        var occasion = occasion(moment)
        // Signatures made ahead hold for long enough, unless they were not renewed for days, or the clock was set.
        occasion.isOwed = !signatures.isEmpty
        if !signer.areUsable(signatures, at: moment.systemTime) {
            signatures = signing.signatures(of: rrset, at: name, by: signer, occasion)
        }
        return write(
            signatures, of: rrset.type, ttl: rrset.ttl, name: name, owner: owner, in: section, by: signer, into: &response)
    }

    /// - Returns: whether there are any, and all of them fit.
    private func write(
        _ signatures: [Signature], of type: RecordType, ttl: UInt32, originalTTL: UInt32? = nil, name: Span<UInt8>,
        owner: Span<UInt8>?, in section: MessageWriter.Section, by signer: ZoneSigner, into response: inout MessageWriter
    ) -> Bool {
        let labels = SignatureInput.signedLabelCount(of: name)
        for signature in signatures {
            let isWritten = response.write(
                signature, of: type, owner: owner, labels: labels, ttl: ttl, originalTTL: originalTTL ?? ttl,
                signer: signer.apex.wire.span, in: section)
            guard isWritten else { return false }
        }
        return !signatures.isEmpty
    }

    /// Writes the signatures over a delegate's answer: those that were read or, if they are missing or no longer good, new ones.
    private func writeSignatures(
        of type: RecordType, ttl: UInt32, name: Span<UInt8>, owner: Span<UInt8>?, values: borrowing ServedValues,
        in zone: Zone, moment: Moment, with signing: inout SigningOnDemand, into response: inout MessageWriter
    ) -> Bool {
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
            let isWritten = response.write(
                values.signature(at: count), of: type, owner: owner, labels: labels, ttl: ttl, originalTTL: ttl,
                signer: signer.apex.wire.span, in: .answer)
            guard isWritten else { return false }
            count += 1
        }
        if isWhole { return true }
        var rrset = Self.noIssuance
        if type == .txt { rrset = RRset(owner: .root, type: .txt, ttl: ttl, data: values.recordData) }
        var occasion = occasion(moment)
        occasion.isOwed = true
        let signatures = signing.signatures(of: rrset, at: name, by: signer, occasion)
        return write(signatures, of: type, ttl: ttl, name: name, owner: owner, in: .answer, by: signer, into: &response)
    }

    private func writeSOASignatures(
        of zone: Zone, at place: Int, owner: Span<UInt8>?, ttl: UInt32, in section: MessageWriter.Section, moment: Moment,
        with signing: inout SigningOnDemand, into response: inout MessageWriter
    ) -> Bool {
        guard isSigned(zone), let signer = zone.signer else { return true }
        let apex = zone.apex.wire
        let signatures = signing.signaturesOfSOA(
            of: zone, place: place, change: moment.change, by: signer, occasion(moment))
        return write(
            signatures, of: .soa, ttl: ttl, originalTTL: zone.soaTTL, name: apex.span, owner: owner, in: section,
            by: signer, into: &response)
    }

    // MARK: Proofs

    /// Writes that the type does not exist: the SOA and, for clients that want it, the proof.
    ///
    /// - Parameter types: the types that the name has; `nil` if it does not exist.
    private func writeDenial(
        _ types: TypeBitmap?, name: Span<UInt8>, owner: Span<UInt8>?, place: Int, zones: Zones, moment: Moment,
        with signing: inout SigningOnDemand, into response: inout MessageWriter
    ) -> Bool {
        let zone = zones.all[place]
        if type == .nsec || type == .rrsig, types != nil || isSigned(zone), let signer = zone.signer {
            // The query asks for the proof itself, or for the signature over it: each name has both, as its types say.
            return writeProof(
                types ?? .nonexistentName, name: name, owner: owner, in: .answer, of: zone, by: signer,
                parts: type == .nsec ? (isSigned(zone) ? .whole : .record) : .signatures, moment: moment, with: &signing,
                into: &response)
        }
        guard zone.writeNegativeSOA(at: moment.change, into: &response) else { return false }
        guard isSigned(zone), let signer = zone.signer else { return true }
        let apex = zone.apex.wire
        return writeSOASignatures(
            of: zone, at: place, owner: apex.span, ttl: zone.negativeTTL, in: .authority, moment: moment,
            with: &signing, into: &response)
            && writeProof(
                types ?? .nonexistentName, name: name, owner: owner, in: .authority, of: zone, by: signer, parts: .whole,
                moment: moment, with: &signing, into: &response)
    }

    private enum ProofParts { case record, signatures, whole }

    /// Writes the one NSEC record that says which types a name has, and that there is no name before the next one (RFC 9824 section 3).
    private func writeProof(
        _ types: TypeBitmap, name: Span<UInt8>, owner: Span<UInt8>?, in section: MessageWriter.Section, of zone: Zone,
        by signer: ZoneSigner, parts: ProofParts, moment: Moment, with signing: inout SigningOnDemand,
        into response: inout MessageWriter
    ) -> Bool {
        let next = DomainName.successor(of: name, apex: zone.apex)
        if parts != .signatures {
            let isWritten = response.writeNSEC(
                owner: owner, ttl: zone.negativeTTL, next: next.span, types: types, in: section)
            guard isWritten else { return false }
        }
        guard parts != .record else { return true }
        let signatures = signing.signatures(
            ofNSECAt: name, ttl: zone.negativeTTL, next: next, types: types, by: signer, occasion(moment))
        return write(
            signatures, of: .nsec, ttl: zone.negativeTTL, name: name, owner: owner, in: section, by: signer, into: &response)
    }

    /// Writes the DS records of a delegation, or the proof that there are none (RFC 4035 section 3.1.4).
    private func writeSecurity(
        ofReferral rrset: RRset, _ ds: RRset?, in zone: Zone, moment: Moment, with signing: inout SigningOnDemand,
        into response: inout MessageWriter
    ) -> Bool {
        guard isSigned(zone), let signer = zone.signer else { return true }
        let owner = rrset.owner.wire
        if let ds {
            return write(
                ds, name: owner.span, owner: owner.span, in: .authority, of: zone, moment: moment, with: &signing,
                into: &response)
        }
        return writeProof(
            Self.typesOfInsecureDelegation, name: owner.span, owner: owner.span, in: .authority, of: zone, by: signer,
            parts: .whole,
            moment: moment, with: &signing, into: &response)
    }
}
