import DNS
import DNSSEC
import Validation

/// Whether the way to the delegate is signed, and will stay so. Authorities must validate since 15 March 2026 (CA/Browser Forum, SC-085v2).
extension Judgement {
    /// The time in seconds before the end of a signature from which on it is a warning.
    private static var soon: Int64 { 3 * 86_400 }

    var dnssec: Check {
        let findings = unique(whole + facts.signedZones.flatMap(zone))
        guard findings.isEmpty else { return Check(.dnssec, findings) }
        return Check(
            .dnssec, [Finding(.ok, "the whole way from the root to the delegate is signed, says \(facts.validation.source)")])
    }

    private var whole: [Finding] {
        let source = "(\(facts.validation.source))"
        switch facts.validation.challenge.security {
        case .bogus(let reason):
            return [
                Finding(
                    .error,
                    "the answer for \(challengeName.text) fails validation, so no authority issues: \(reason) \(source)",
                    remedy: ["mend the signatures or the DS record of the zone that is named"])
            ]
        case .unknown(let reason):
            return [Finding(.unknown, "validation gave no answer: \(reason) \(source)")]
        case .secure: return []
        case .insecure:
            let unsigned = facts.signedZones.filter { ($0.delegationSigners.value ?? []).isEmpty }.map(\.apex.text)
            return [
                Finding(
                    .info,
                    "\(unsigned.isEmpty ? "a zone on the way" : unsigned.inWords) is not signed: answers can be forged on the way to an "
                        + "authority \(source)")
            ]
        }
    }

    private func zone(_ zone: SignedZoneSight) -> [Finding] {
        var findings: [Finding] = []
        guard case .seen(let all) = zone.delegationSigners, !all.isEmpty else { return [] }
        let signers = all.filter(DelegationSignerUse.isUsable)
        if signers.isEmpty {
            let found = all.map { Self.found(zone.apex, $0) }
            findings.append(
                Finding(
                    .warning,
                    "validators know the algorithm or the digest of no DS record of \(zone.apex.text), which counts as not signed",
                    found: found, remedy: ["in the parent zone, replace:"] + found))
        } else if case .seen(let keys) = zone.keys {
            findings += judged(signers, of: zone.apex, keys)
        }
        if let expiry = zone.firstExpiry {
            let left = expiry - facts.moment
            if left <= 0 {
                findings.append(
                    Finding(.error, "signatures of \(zone.apex.text) have expired", remedy: ["sign \(zone.apex) again"]))
            } else if left < Self.soon {
                findings.append(
                    Finding(
                        .warning, "signatures of \(zone.apex.text) end in \(left / 3600) hours",
                        remedy: ["sign \(zone.apex) again"]))
            }
        }
        return findings
    }

    /// Whether each DS record fits a key.
    private func judged(_ signers: [RecordData], of apex: DomainName, _ keys: [RecordData]) -> [Finding] {
        let lost = signers.filter { signer in !keys.contains { DelegationSigner.does(signer, fit: $0, of: apex) } }
        guard !lost.isEmpty else { return [] }
        let found = lost.map { Self.found(apex, $0) }
        let fitting = signers.filter { !lost.contains($0) }.map { Self.found(apex, $0) }
        return [
            Finding(
                fitting.isEmpty ? .error : .warning,
                fitting.isEmpty
                    ? "no DS record of \(apex.text) fits one of its keys: whoever validates takes all its answers for forged"
                    : "a DS record of \(apex.text) fits none of its keys",
                found: found, expected: fitting, remedy: ["in the parent zone, remove:"] + found)
        ]
    }
}
