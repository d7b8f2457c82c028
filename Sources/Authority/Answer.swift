import DNS

/// What there is to say to a question, before it is a message.
struct Answer {
    /// CNAME records that led to the last name (RFC 1034 section 3.6.2). The owner of the first is the question's name, that of each
    /// other one the target of the one before: so a wildcard's stands for the name that was asked for.
    var aliases: [Alias] = []
    /// What was found at the last name.
    var outcome: Outcome

    struct Alias {
        var rrset: RRset
        var zone: Int
    }

    /// Zones are told by their place among the server's. Where there are types, they are those that the name has in a signed zone.
    enum Outcome {
        /// The values that were read, at a delegate.
        case challengeValues(zone: Int)
        /// Nobody may issue a certificate for the delegate's own name.
        case noIssuance(zone: Int)
        /// At a delegate: the name exists, the type does not.
        case noDataAtDelegate(zone: Int)
        /// Without signatures in a signed zone, if a wildcard's stand for another name.
        case records(RRset, zone: Int)
        /// What ANY gets in a zone without signatures: one small record that says why (RFC 8482 section 4.2).
        case minimalAny(zone: Int)
        /// The name exists, the type does not (RFC 2308 section 2.2).
        case noData(types: TypeBitmap, zone: Int)
        /// The name does not exist, nor any name below it (RFC 8020).
        case nameError(zone: Int)
        /// The name is at or below a delegation: its NS records, and its DS records if it has some.
        ///
        /// Seldom, and large: an answer is moved often.
        indirect case referral(RRset, ds: RRset?, zone: Int)
        /// The last alias points to a name that is not looked up here: outside the zones, or after too many aliases.
        case aliasLeadsOn
        case refused
    }

    /// Whether it is about a delegate, and small: what a certificate authority asks for.
    var isAboutDelegate: Bool {
        switch outcome {
        case .challengeValues, .noIssuance, .noDataAtDelegate: true
        case .records, .minimalAny, .noData, .nameError, .referral, .aliasLeadsOn, .refused: false
        }
    }
}
