import CAA
import DNS
import Validation

/// The CAA records of a domain as an authority's resolver sees them, or why they are not known.
enum CAAView: Sendable {
    case known(RelevantSet.Search)
    /// An authority may know them.
    case unknown(String)

    /// The number of records, and of octets in them, beyond which nothing is judged: the work grows faster than they do.
    static let maximumRecords = 100
    static let maximumOctets = 16_384

    /// - Parameter isRootReached: whether this machine reaches the root's name servers. If not, failures are its own.
    init(_ answers: [(name: DomainName, sight: ValidatedAnswer)], of domain: DomainName, isRootReached: Bool) {
        let search = RelevantSet.search(
            for: domain, answers: Dictionary(answers.map { ($0.name, RelevantSet.Answer($0.sight)) }) { first, _ in first })
        switch search {
        case .found(let set)
        where set.records.count > Self.maximumRecords || set.records.reduce(0, { $0 + $1.octets.count }) > Self.maximumOctets:
            self = .unknown(
                "there are more CAA records than are judged: at most \(Self.maximumRecords), with \(Self.maximumOctets) octets")
        case .failed(let name, let reason):
            // Only what a server or a signature says is known to authorities, too.
            let sight = answers.first { $0.name == name }?.sight
            if case .unknown = sight?.security, sight?.message == nil || !isRootReached {
                self = .unknown("the CAA records of \(name.withoutFinalDot) were not found out: \(reason)")
            } else {
                self = .known(search)
            }
        case .found, .absent: self = .known(search)
        }
    }

    var isUnknown: Bool {
        if case .unknown = self { true } else { false }
    }

    /// The records that decide; `nil` if there are none, or they are not known.
    var set: RelevantSet? {
        if case .known(.found(let set)) = self { set } else { nil }
    }
}

extension RelevantSet.Answer {
    init(_ answer: ValidatedAnswer) {
        switch answer.security {
        case .bogus(let reason): self = .failed("validation failed: \(reason)")
        case .unknown(let reason): self = .failed(reason)
        case .secure, .insecure:
            guard let message = answer.message else {
                self = .failed("the response cannot be read")
                return
            }
            // The owner is the last of the aliases.
            self = .records(message.sets(\.answers).filter { $0.key.type == .caa }.values.flatMap(\.self))
        }
    }
}
