import DNS
import DNSSEC
import Delegates

/// The signatures that answers need beyond those that were made ahead: over proofs that something is not there, over the SOA with its
/// latest serial, over records that a wildcard stands for.
///
/// So many are made a second at most, half of that for clients that have not proved their address: a flood of questions for names that do
/// not exist cannot take more of the processor. What was made is kept for the same answer.
///
/// For one thread: nothing here is shared.
package struct SigningOnDemand: ~Copyable {
    package let signaturesPerSecond: Int
    private var left: Int
    private var second: Int64 = .min
    private var input = SignatureInput()
    private var kept: [Kept] = []
    /// Of the SOA of each zone the latest.
    private var startOfAuthority: [Int: (zone: Zone, serial: UInt32, signatures: [Signature])] = [:]
    private let seed: UInt64

    /// What was done for the message that is being answered.
    package private(set) var made = 0
    package private(set) var reused = 0
    /// Whether a signature would have been needed, and none was made: there were too many, or there was no memory.
    private(set) var isLacking = false

    private struct Kept {
        var octets: [UInt8] = []
        var signatures: [Signature] = []
    }

    /// A fifth of what one core can make.
    package static let defaultPerSecond = 10_000
    /// So many answers are kept at most.
    static let keptCount = 1 << 10

    package init(signaturesPerSecond: Int) {
        self.signaturesPerSecond = signaturesPerSecond
        left = signaturesPerSecond
        var generator = SystemRandomNumberGenerator()
        seed = generator.next()
    }

    /// Begins with a message.
    mutating func begin() {
        made = 0
        reused = 0
        isLacking = false
    }

    /// Where, when and for whom something is signed.
    struct Occasion {
        /// As the system's clock counts, modulo 2^32.
        var time: UInt32
        var isAddressProved: Bool
        /// Whether the signature should have been made ahead, and so counts for nothing.
        var isOwed = false
    }

    // MARK: What is signed

    /// - Parameter owner: in wire form.
    mutating func signatures(
        ofNSECAt owner: Span<UInt8>, ttl: UInt32, next: [UInt8], types: TypeBitmap, by signer: ZoneSigner, _ occasion: Occasion
    ) -> [Signature] {
        input.begin(owner: owner, type: .nsec, ttl: ttl, signer: signer.apex)
        input.append(RecordData.nsec(next: next, types: types).octets.span)
        return signatures(.nsec, by: signer, occasion)
    }

    /// - Parameter owner: in wire form: the name for which the RRset stands.
    mutating func signatures(
        of rrset: RRset, at owner: Span<UInt8>, by signer: ZoneSigner, _ occasion: Occasion
    ) -> [Signature] {
        input.begin(owner: owner, type: rrset.type, ttl: rrset.ttl, signer: signer.apex)
        for data in rrset.canonicalData { input.append(data.span) }
        return signatures(rrset.type, by: signer, occasion)
    }

    /// - Parameter place: of the zone among the server's.
    mutating func signaturesOfSOA(
        of zone: Zone, place: Int, change: UInt32, by signer: ZoneSigner, _ occasion: Occasion
    ) -> [Signature] {
        let serial = zone.serial.number(at: change).value
        // A zone that was read anew is another one.
        if let known = startOfAuthority[place], known.zone === zone, known.serial == serial,
            isGood(known.signatures, .soa, by: signer, occasion)
        {
            reused += known.signatures.count
            return known.signatures
        }
        input.set(zone.soa(at: change), signer: signer.apex)
        let signatures = make(.soa, by: signer, occasion)
        if !signatures.isEmpty { startOfAuthority[place] = (zone, serial, signatures) }
        return signatures
    }

    private mutating func signatures(_ type: RecordType, by signer: ZoneSigner, _ occasion: Occasion) -> [Signature] {
        if kept.isEmpty { kept = Array(repeating: Kept(), count: Self.keptCount) }
        var hash = WordHash(seed: seed)
        hash.combine(input.octets.span)
        let place = Int(truncatingIfNeeded: hash.value) & (Self.keptCount - 1)
        if kept[place].octets == input.octets, isGood(kept[place].signatures, type, by: signer, occasion) {
            reused += kept[place].signatures.count
            return kept[place].signatures
        }
        let octets = input.octets
        let signatures = make(type, by: signer, occasion)
        if !signatures.isEmpty { kept[place] = Kept(octets: octets, signatures: signatures) }
        return signatures
    }

    private func isGood(_ signatures: [Signature], _ type: RecordType, by signer: ZoneSigner, _ occasion: Occasion) -> Bool {
        let keys = signer.keys(for: type)
        guard signatures.count == keys.count else { return false }
        let most = Int32(signer.policy.denialLifetime + Signature.lifetimeUnit)
        for index in signatures.indices {
            let left = signatures[index].secondsLeft(at: occasion.time)
            guard signatures[index].keyTag == keys[index].tag, left <= most,
                signer.policy.isGivenOut(signatures[index], at: occasion.time)
            else { return false }
        }
        return true
    }

    // MARK: Making them

    private mutating func make(_ type: RecordType, by signer: ZoneSigner, _ occasion: Occasion) -> [Signature] {
        guard take(signer.keys(for: type).count, occasion) else {
            isLacking = true
            return []
        }
        let signatures = signer.signatures(over: &input, type: type, at: occasion.time, lifetime: signer.policy.denialLifetime)
        made += signatures.count
        if signatures.isEmpty { isLacking = true }
        return signatures
    }

    private mutating func take(_ count: Int, _ occasion: Occasion) -> Bool {
        if second != Int64(occasion.time) {
            second = Int64(occasion.time)
            left = signaturesPerSecond
        }
        guard !occasion.isOwed else { return true }
        guard left >= count, occasion.isAddressProved || left - count >= signaturesPerSecond / 2 else { return false }
        left -= count
        return true
    }
}
