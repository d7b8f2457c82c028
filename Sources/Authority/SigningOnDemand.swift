import DNS
import DNSSEC
import Delegates

/// Makes the signatures that answers need beyond those made ahead: over proofs that something does not exist, over the SOA with its latest
/// serial, over a wildcard's records for another name, over the CAA records of a delegate.
///
/// Their number per second is limited, and clients that have not proved their address get at most half of it: a flood of questions for
/// nonexistent names cannot take more of the processor. Signatures are kept for answers that need them again.
///
/// CAA records have the same limit once more, apart from the rest: a certificate authority may take a failure for the permission to issue,
/// and no flood of other questions shall bring that about.
///
/// For one thread: nothing here is shared.
package struct SigningOnDemand: ~Copyable {
    package let signaturesPerSecond: Int
    /// The numbers of signatures left in this second.
    private var left: Int
    private var leftForCAA: Int
    private var second: Int64 = .min
    private var input = SignatureInput()
    private var kept: [Kept] = []
    /// The latest signatures over the SOA of each zone, by the zone's place.
    private var startOfAuthority: [Int: (zone: Zone, serial: UInt32, signatures: [Signature])] = [:]
    private let seed: UInt64

    /// The numbers of signatures for the current message, made and reused.
    package private(set) var made = 0
    package private(set) var reused = 0
    /// Whether a required signature was not made: there were too many, or there was no memory.
    private(set) var isLacking = false

    private struct Kept {
        var octets: [UInt8] = []
        var signatures: [Signature] = []
    }

    /// A fifth of what one core can make.
    package static let defaultPerSecond = 10_000
    /// The maximum number of answers whose signatures are kept.
    static let keptCount = 1 << 10

    package init(signaturesPerSecond: Int) {
        self.signaturesPerSecond = signaturesPerSecond
        left = signaturesPerSecond
        leftForCAA = signaturesPerSecond
        var generator = SystemRandomNumberGenerator()
        seed = generator.next()
    }

    /// Begins the next message.
    mutating func begin() {
        made = 0
        reused = 0
        isLacking = false
    }

    /// When and for which client something is signed.
    struct Occasion {
        /// The system's clock in seconds, modulo 2^32.
        var time: UInt32
        var isAddressProved: Bool
        /// Whether the signature should have been made ahead, and so does not count against the limit.
        var isOwed = false
    }

    // MARK: What is signed

    /// - Parameter owner: the owner, in wire form.
    mutating func signatures(
        ofNSECAt owner: Span<UInt8>, ttl: UInt32, next: [UInt8], types: TypeBitmap, by signer: ZoneSigner, _ occasion: Occasion
    ) -> [Signature] {
        input.begin(owner: owner, type: .nsec, ttl: ttl, signer: signer.apex)
        input.append(RecordData.nsec(next: next, types: types).octets.span)
        return signatures(.nsec, by: signer, occasion)
    }

    /// - Parameter owner: the name for which the RRset stands, in wire form.
    mutating func signatures(
        of rrset: RRset, at owner: Span<UInt8>, by signer: ZoneSigner, _ occasion: Occasion
    ) -> [Signature] {
        input.begin(owner: owner, type: rrset.type, ttl: rrset.ttl, signer: signer.apex)
        for data in rrset.canonicalData { input.append(data.span) }
        return signatures(rrset.type, by: signer, occasion)
    }

    /// - Parameter place: the zone's place among the server's.
    mutating func signaturesOfSOA(
        of zone: Zone, place: Int, change: UInt32, by signer: ZoneSigner, _ occasion: Occasion
    ) -> [Signature] {
        let serial = zone.serial.number(at: change).value
        // A reloaded zone is another object.
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
        guard spend(signer.keys(for: type).count, type, occasion) else {
            isLacking = true
            return []
        }
        let signatures = signer.signatures(over: &input, type: type, at: occasion.time, lifetime: signer.policy.denialLifetime)
        made += signatures.count
        if signatures.isEmpty { isLacking = true }
        return signatures
    }

    private mutating func spend(_ count: Int, _ type: RecordType, _ occasion: Occasion) -> Bool {
        if second != Int64(occasion.time) {
            second = Int64(occasion.time)
            left = signaturesPerSecond
            leftForCAA = signaturesPerSecond
        }
        guard !occasion.isOwed else { return true }
        let rest = (type == .caa ? leftForCAA : left) - count
        guard rest >= (occasion.isAddressProved ? 0 : signaturesPerSecond / 2) else { return false }
        if type == .caa { leftForCAA = rest } else { left = rest }
        return true
    }
}
