import DNS

/// What there is to say to a question, before it is a message.
struct Answer {
    /// CNAME records that led to the last name (RFC 1034 section 3.6.2).
    var aliases: [RRset] = []
    /// What was found at the last name.
    var outcome: Outcome

    enum Outcome {
        case records(RRset, Zone)
        /// The name exists, the type does not (RFC 2308 section 2.2).
        case noData(Zone)
        /// The name does not exist, nor any name below it (RFC 8020).
        case nameError(Zone)
        /// The name is at or below a delegation: its NS records.
        case referral(RRset, Zone)
        /// The last alias points to a name that is not looked up here: outside the zones, or after too many aliases.
        case aliasLeadsOn
        case refused
    }
}
