import DNS
import Delegates

/// The answer to a question, before it is written as a message.
struct Answer {
    /// The CNAME records that led to the last name (RFC 1034 section 3.6.2). The owner of the first is the question's name; each other
    /// owner is the target of the record before. A wildcard's record thus stands for the name that was asked for.
    var aliases: [Alias] = []
    /// What was found at the last name.
    var outcome: Outcome

    struct Alias {
        var rrset: RRset
        var zone: Int
    }

    /// What was found at a delegate.
    enum AtDelegate {
        /// The values that were read.
        case challengeValues
        /// Nobody may issue a certificate for the delegate's own name.
        case noIssuance
        /// The name exists, the type does not.
        case noData
        /// The answer to ANY in an unsigned zone: see ``Outcome/minimalAny(zone:)``.
        case minimalAny

        /// Whether the answer is about a delegate: small, and what certificate authorities ask for.
        var isAboutDelegate: Bool {
            switch self {
            case .challengeValues, .noIssuance, .noData: true
            case .minimalAny: false
            }
        }
    }

    /// `zone` is the place of a zone among the server's. `types` are the types that the name has in a signed zone.
    enum Outcome {
        case atDelegate(AtDelegate, DelegateTable.Delegate, zone: Int)
        /// In a signed zone, a wildcard's records that stand for another name come without signatures.
        case records(RRset, zone: Int)
        /// The answer to ANY in an unsigned zone: one small record that says why (RFC 8482 section 4.2).
        case minimalAny(zone: Int)
        /// The name exists, the type does not (RFC 2308 section 2.2).
        case noData(types: TypeBitmap, zone: Int)
        /// The name does not exist, and neither does any name below it (RFC 8020).
        case nameError(zone: Int)
        /// The name is at or below a delegation: its NS records, and its DS records if there are any.
        ///
        /// Indirect because it is rare and large, and answers are moved often.
        indirect case referral(RRset, ds: RRset?, zone: Int)
        /// The last alias points to a name that is not looked up here: outside the zones, part of a loop, or after too many aliases.
        case aliasLeadsOn
        case refused
    }

    var isAboutDelegate: Bool {
        switch outcome {
        case .atDelegate(let answer, _, zone: _): answer.isAboutDelegate
        case .records, .minimalAny, .noData, .nameError, .referral, .aliasLeadsOn, .refused: false
        }
    }
}
