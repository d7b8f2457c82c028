import DNS
import DNSClient
import Sockets

/// Judges what was seen. Nothing is asked here: the same facts give the same diagnosis.
struct Judgement: Sendable {
    let facts: Facts
    let examination: Examination
    /// What decides about the CAA records.
    let lock: CAAView

    init(of facts: Facts, in examination: Examination) {
        self.facts = facts
        self.examination = examination
        lock = CAAView(facts.validation.caa, of: examination.domain, isRootReached: facts.isRootReached)
    }

    var diagnosis: Diagnosis {
        Diagnosis(
            checks: [
                cname, cnameEverywhere, delegation, propagation, caa, caaSpelling, caaWildcard, rfc8657, dnssec, otherWays,
                mailAndHost, asked,
            ],
            issuance: issuance, leadsToDelegate: leadsToDelegate)
    }

    private var leadsToDelegate: Bool? {
        guard let delegate = examination.delegate, facts.customerAnswer != nil else { return nil }
        if case .unseen = facts.chain.end { return nil }
        return leadsTo == delegate
    }

    var challengeName: DomainName { examination.challengeName }

    /// The delegate to which the CNAME should lead: that which was given, or else that to which it leads; `nil` if there is neither.
    var delegate: DomainName? { examination.delegate ?? leadsTo }

    /// The last name of the aliases; `nil` if there is none, or the last one was not reached.
    var leadsTo: DomainName? {
        switch facts.chain.end {
        case .place, .unreachable: facts.chain.names.last
        case .none, .loop, .tooLong, .unseen: nil
        }
    }

    /// The CNAME record that should be there; `nil` if the delegate is not known.
    var wantedRecord: String? {
        examination.delegate.map { Self.record(challengeName, .cname($0)) }
    }

    static func record(_ owner: DomainName, _ data: RecordData) -> String {
        ResourceRecord(owner: owner, ttl: recommendedTTL, data: data).description
    }

    /// The TTL of records that are recommended, in seconds: a wrong one is gone in an hour.
    static let recommendedTTL: UInt32 = 3600
}

extension DomainName {
    /// For sentences.
    var text: String { withoutFinalDot }
}

extension Collection<String> {
    /// “a”, “a and b”, “a, b and c”.
    var inWords: String {
        let all = Array(self)
        guard let last = all.last, all.count > 1 else { return all.first ?? "" }
        return all.dropLast().joined(separator: ", ") + " and " + last
    }
}
