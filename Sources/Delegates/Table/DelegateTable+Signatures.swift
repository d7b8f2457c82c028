package import DNS
package import DNSSEC
import Synchronization

extension DelegateTable {
    /// Sets the signer of the delegates' values below a name from now on; `nil` if they are not signed.
    ///
    /// ``refreshSignatures(_:maximum:now:)`` signs what was written before.
    package func setSigner(_ signer: ZoneSigner?, below name: DomainName) {
        changes.withLock { changes in
            guard let origin = Self.origin(name, in: &changes) else { return }
            changes.signers[origin.number] = signer
            changes.expectedSignatures = 0
        }
    }

    /// Reserves room for signatures in what is restored from now on. They are made later: without the room, a larger block would replace
    /// each block.
    package func reserveSignatures() {
        changes.withLock { $0.expectedSignatures = 1 }
    }

    /// Sets the number of seconds by which the system's clock, by which others judge signatures, is ahead of the clock of moments here.
    package func setSystemTimeOffset(_ seconds: Int64) { systemTimeOffset.store(seconds, ordering: .relaxed) }

    /// The time of the system's clock at a moment, in seconds since 1970, modulo 2^32, as in signatures (RFC 4034 section 3.1.5).
    package func systemTime(at now: Timestamp) -> UInt32 {
        UInt32(truncatingIfNeeded: now.secondsSinceEpoch + systemTimeOffset.load(ordering: .relaxed))
    }

    /// The result of a part of a pass over all delegates.
    package struct Refreshed: Sendable {
        /// The number of RRsets that were signed.
        package var signed = 0
        package var isAtEnd = false
        /// The earliest expiration of the signatures that were looked at, in seconds since 1970, modulo 2^32.
        package var earliestExpiration: UInt32?
    }

    /// Signs again what the current keys have not signed, or not for long enough any more.
    ///
    /// - Parameters:
    ///   - cursor: the position in the pass over all delegates.
    ///   - maximum: the number of delegates to look at.
    package func refreshSignatures(_ cursor: inout Cursor, maximum: Int, now: Timestamp) -> Refreshed {
        var outcome = Refreshed()
        for _ in 0..<maximum {
            guard let entry = entries.next(&cursor.entries) else {
                outcome.isAtEnd = true
                break
            }
            changes.withLock { changes in
                let signer = changes.signers[entry.origin.number]
                outcome.signed += refresh(entry, by: signer, now: now, in: &changes)
                let present = blocks.signatures(of: ValueBlocks.Handle(word: entries.load(entry.place)))
                for signature in present
                where outcome.earliestExpiration.map({ Int32(bitPattern: signature.expiration &- $0) < 0 }) ?? true {
                    outcome.earliestExpiration = signature.expiration
                }
            }
        }
        return outcome
    }

    /// - Returns: the number of RRsets that were signed.
    private func refresh(
        _ entry: DelegateEntries.Entry, by signer: ZoneSigner?, now: Timestamp, in changes: inout Changes
    ) -> Int {
        let handle = ValueBlocks.Handle(word: entries.load(entry.place))
        let present = blocks.signatures(of: handle)
        let time = systemTime(at: now)
        guard handle.count > 0, !isGood(present, by: signer, at: time) else { return 0 }
        let label = entries.label(of: entry)
        replaceValues(
            of: Delegate(place: entry.place), label.span, below: entry.origin, by: blocks.all(of: handle)[...], now: now,
            in: &changes)
        return signer == nil ? 0 : 1
    }

    private func isGood(_ signatures: [Signature], by signer: ZoneSigner?, at time: UInt32) -> Bool {
        guard let signer else { return signatures.isEmpty }
        return signatures.map(\.keyTag) == signer.dataKeys.map(\.tag)
            && !signatures.contains { signer.policy.isDue($0, at: time) }
    }

    /// The signatures over a delegate's values from now on.
    func signatures(
        of values: ArraySlice<PublishedValue>, at label: Span<UInt8>, below origin: Origin, now: Timestamp,
        in changes: inout Changes
    ) -> [Signature] {
        guard !values.isEmpty else { return [] }
        guard let signer = changes.signers[origin.number] else {
            // These signatures are valid at no time.
            return Array(repeating: Signature(words: .init(repeating: 0)), count: changes.expectedSignatures)
        }
        let time = systemTime(at: now)
        let owner = [UInt8(truncatingIfNeeded: label.count)] + label.octets + changes.originNames[Int(origin.number)].wire
        changes.input.begin(owner: owner.span, type: .txt, ttl: DelegateAnswers.challengeTTL, signer: signer.apex)
        // TXT data is in canonical form as it is, and no value is there twice.
        let data = values.map(\.value.recordData.octets).sorted { $0.lexicographicallyPrecedes($1) }
        for octets in data { changes.input.append(octets.span) }
        let made = signer.signatures(over: &changes.input, type: .txt, at: time, lifetime: signer.policy.lifetime)
        // All signatures are there or none: an RRset without them is signed when it is queried.
        return made.count == signer.dataKeys.count ? made : []
    }
}
