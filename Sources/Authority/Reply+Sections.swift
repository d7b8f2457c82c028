import DNS
import Delegates

/// When a question is answered.
struct Moment {
    /// The number of the latest change, modulo 2^32.
    var change: UInt32
    /// The system's clock, modulo 2^32, by which signatures are judged.
    var systemTime: UInt32
}

/// The sections of answers. Each function returns whether everything required is there; if not, it did not fit or could not be signed.
extension Reply {
    /// - Parameter name: the question's name.
    mutating func writeSections(of answer: Answer, at name: Span<UInt8>, zones: Zones) -> Bool {
        guard let last = answer.aliases.last?.rrset.data.first?.octets else {
            return write(answer.outcome, at: name, isQuestionsName: true, zones: zones)
        }
        let first = answer.aliases[0]
        guard write(first.rrset, at: name, in: .answer, of: zones.all[first.zone]) else { return false }
        for (alias, previous) in zip(answer.aliases.dropFirst(), answer.aliases) {
            guard let owner = previous.rrset.data.first?.octets,
                write(alias.rrset, at: owner.span, in: .answer, of: zones.all[alias.zone])
            else { return false }
        }
        return write(answer.outcome, at: last.span, isQuestionsName: false, zones: zones)
    }

    /// - Parameter name: the name that was looked up last.
    private mutating func write(
        _ outcome: Answer.Outcome, at name: Span<UInt8>, isQuestionsName: Bool, zones: Zones
    ) -> Bool {
        switch outcome {
        case .atDelegate(let answer, _, let place):
            return write(answer, at: name, isQuestionsName: isQuestionsName, in: place, of: zones)
        case .records(let rrset, let place):
            let zone = zones.all[place]
            guard rrset.type != .soa else {
                return message.write(rrset, owner: name, in: .answer)
                    && writeSOASignatures(of: zone, at: place, ttl: rrset.ttl, in: .answer)
            }
            guard write(rrset, at: name, in: .answer, of: zone) else { return false }
            // Addresses are a convenience here: those that do not fit are left out (RFC 2181 section 9).
            if rrset.type == .ns { _ = writeAddresses(of: rrset, in: zone) }
            return true
        case .minimalAny(let zone):
            return message.write(zones.all[zone].minimalAny, owner: name, in: .answer)
        case .noData(let types, let zone):
            return writeDenial(types, at: name, place: zone, zones: zones)
        case .nameError(let zone):
            return writeDenial(nil, at: name, place: zone, zones: zones)
        case .referral(let rrset, let ds, let place):
            let zone = zones.all[place]
            return message.write(rrset, in: .authority)
                && writeSecurity(ofReferral: rrset, ds, in: zone)
                // A resolver cannot continue without the addresses of name servers below the cut (RFC 9471).
                && writeAddresses(of: rrset, in: zone)
        case .aliasLeadsOn, .refused:
            return true
        }
    }

    // MARK: Delegates

    /// Writes the answer at a delegate.
    ///
    /// - Parameters:
    ///   - name: the delegate's name.
    ///   - isQuestionsName: whether that is the question's name, which needs no comparison then.
    mutating func write(
        _ answer: Answer.AtDelegate, at name: Span<UInt8>, isQuestionsName: Bool, in place: Int, of zones: Zones
    ) -> Bool {
        switch answer {
        case .challengeValues:
            guard writeValues(at: name, isQuestionsName: isQuestionsName) else { return false }
            guard wantsSignatures else { return true }
            return writeSignatures(ofValuesAt: name, in: zones.all[place])
        case .noIssuance:
            if write(Self.noIssuance, at: name, in: .answer, of: zones.all[place]) { return true }
            // A certificate authority may take a failure for the permission to issue. Records without their signatures still forbid it
            // while the parent has no DS, and validators take them for a failure anyway.
            guard signing.isLacking, isAddressProved else { return false }
            extendedError = .notReady
            return true
        case .noData:
            return writeDenial(
                type == .txt ? Self.typesOfSilentDelegate : Self.typesOfDelegate, at: name, place: place, zones: zones)
        case .minimalAny:
            return message.write(zones.all[place].minimalAny, owner: isQuestionsName ? nil : name, in: .answer)
        }
    }

    private mutating func writeValues(at name: Span<UInt8>, isQuestionsName: Bool) -> Bool {
        guard isQuestionsName else {
            let rrset = RRset(
                owner: .root, type: .txt, ttl: DelegateAnswers.challengeTTL, data: values.recordData)
            return message.write(rrset, owner: name, in: .answer)
        }
        return Self.write(values, to: &message)
    }

    /// A function without `self`, which the closure could not read and change at the same time.
    private static func write(_ values: borrowing ServedValues, to message: inout MessageWriter) -> Bool {
        values.withRecords { records in message.writeRecords(records, count: values.count, in: .answer) }
    }

    static let noIssuance = DelegateAnswers.noIssuance(at: .root)
    /// A delegate has TXT in every proof but the one that denies TXT: its values may come at any moment, and resolvers that apply a proof
    /// to all types (RFC 8198) would deny them for as long as they keep it.
    /// Measured: they denied values that were published after they had asked for another type.
    private static let typesOfDelegate = TypeBitmap([.txt, .caa, .rrsig, .nsec])
    private static let typesOfSilentDelegate = TypeBitmap([.caa, .rrsig, .nsec])

    // MARK: Addresses

    /// Writes the addresses of name servers, then their signatures as far as there is room: signatures are left out first (RFC 4035 section
    /// 3.1.1).
    ///
    /// - Returns: whether all addresses fit.
    private mutating func writeAddresses(of rrset: RRset, in zone: Zone) -> Bool {
        let addresses = rrset.data.compactMap(\.target).filter { $0.isAtOrBelow(zone.apex) }.flatMap { name in
            [RecordType.a, .aaaa].compactMap { zone.rrset(at: name, type: $0) }
        }
        for rrset in addresses {
            guard message.write(rrset, in: .additional) else { return false }
        }
        writeSignatures(ofAddresses: addresses, in: zone)
        return true
    }
}
