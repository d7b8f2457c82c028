package import DNS
package import DNSSEC
import Synchronization

extension DelegateTable {
    /// What signs the answers of delegates below a name from now on; nothing if they are not signed.
    ///
    /// What was written before is signed by ``refreshSignatures(_:maximum:now:)``.
    package func setSigner(_ signer: ZoneSigner?, below name: DomainName) {
        changes.withLock { changes in
            guard let origin = Self.origin(name, in: &changes) else { return }
            changes.signers[origin.number] = signer
            changes.expectedSignatures = 0
        }
    }

    /// What is restored from now on has room for signatures, which are made later: or else each block would be replaced by a larger one.
    package func reserveSignatures() {
        changes.withLock { $0.expectedSignatures = 1 }
    }

    /// By how many seconds the system's clock, by which others judge signatures, is ahead of the one by which moments are told here.
    package func setSystemTimeOffset(_ seconds: Int64) { systemTimeOffset.store(seconds, ordering: .relaxed) }

    /// What the system's clock says at a moment, in seconds since 1970, modulo 2^32: as signatures count (RFC 4034 section 3.1.5).
    package func systemTime(at now: Timestamp) -> UInt32 {
        UInt32(truncatingIfNeeded: now.secondsSinceEpoch + systemTimeOffset.load(ordering: .relaxed))
    }

    /// What a part of a pass over all delegates has done.
    package struct Refreshed: Sendable {
        /// RRsets that were signed.
        package var signed = 0
        package var isAtEnd = false
        /// The first end of a signature among those that were looked at, in seconds since 1970, modulo 2^32.
        package var earliestExpiration: UInt32?
    }

    /// Signs anew what is not signed by the keys that sign now, or not for long enough any more.
    ///
    /// - Parameters:
    ///   - cursor: how far that has come among all delegates.
    ///   - maximum: of delegates that are looked at.
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
                for signature in present.values + present.issuance
                where outcome.earliestExpiration.map({ Int32(bitPattern: signature.expiration &- $0) < 0 }) ?? true {
                    outcome.earliestExpiration = signature.expiration
                }
            }
        }
        return outcome
    }

    /// - Returns: how many RRsets were signed.
    private func refresh(
        _ entry: DelegateEntries.Entry, by signer: ZoneSigner?, now: Timestamp, in changes: inout Changes
    ) -> Int {
        let handle = ValueBlocks.Handle(word: entries.load(entry.place))
        let present = blocks.signatures(of: handle)
        let time = systemTime(at: now)
        guard
            !isGood(present.issuance, by: signer, at: time)
                || handle.count > 0 && !isGood(present.values, by: signer, at: time),
            let name = changes.originNames[Int(entry.origin.number)].prepending(label: entry.label)
        else { return 0 }
        replaceValues(of: Delegate(place: entry.place), name, by: blocks.all(of: handle)[...], now: now, in: &changes)
        return signer == nil ? 0 : 1 + (handle.count > 0 ? 1 : 0)
    }

    private func isGood(_ signatures: [Signature], by signer: ZoneSigner?, at time: UInt32) -> Bool {
        guard let signer else { return signatures.isEmpty }
        return signatures.map(\.keyTag) == signer.dataKeys.map(\.tag)
            && !signatures.contains { signer.policy.isDue($0, at: time) }
    }

    /// The signatures over what a delegate answers from now on; those over its CAA records are made again only if they are due.
    func signatures(
        of values: ArraySlice<PublishedValue>, at name: DomainName, replacing previous: ValueBlocks.Handle, now: Timestamp,
        in changes: inout Changes
    ) -> (values: [Signature], issuance: [Signature]) {
        guard !changes.signers.isEmpty, let parent = name.parent, let origin = changes.origins[parent],
            let signer = changes.signers[origin.number]
        else {
            // These hold at no time.
            let none = Array(repeating: Signature(words: .init(repeating: 0)), count: changes.expectedSignatures)
            return (values.isEmpty ? [] : none, none)
        }
        let time = systemTime(at: now)
        var issuance = blocks.signatures(of: previous).issuance
        if !isGood(issuance, by: signer, at: time) {
            changes.input.set(DelegateAnswers.noIssuance(at: name), signer: signer.apex)
            issuance = signer.signatures(over: &changes.input, type: .caa, at: time, lifetime: signer.policy.lifetime)
        }
        guard !values.isEmpty else { return ([], issuance) }
        changes.input.set(DelegateAnswers.challenges(values.map(\.value), at: name), signer: signer.apex)
        let made = signer.signatures(over: &changes.input, type: .txt, at: time, lifetime: signer.policy.lifetime)
        // Either all are there or none: what is asked for without them is signed then.
        return made.count == issuance.count ? (made, issuance) : ([], [])
    }
}
