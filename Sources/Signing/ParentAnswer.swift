import DNS

/// What one resolver's response to a query for DS says of a zone's parent.
///
/// Both sides of a zone cut answer that query, and only the parent's side knows (RFC 4035 section 3.1.4.1). A resolver that has a rule
/// for just this zone, as dnsmasq, systemd-resolved and Knot Resolver can have, asks the zone's own servers and passes on that they
/// have no DS. So the absence of records counts only with an SOA from strictly above the apex. Whatever is not clear is
/// ``unknown(_:)``: a key that is deleted while the parent's DS still names it makes all answers look forged.
enum ParentAnswer: Hashable, Sendable {
    /// The parent has these DS records; never empty.
    case present([RecordData], ttl: UInt32)
    /// There are these DS records, but the response does not show that every resolver sees them; the reason in words. So it counts as a
    /// sign that the parent may have them, and never that the parent has what is waited for.
    case glimpse([RecordData], ttl: UInt32, String)
    /// The parent has no DS record.
    case absent
    /// The response tells nothing about the parent; the reason in words that follow the resolver's address. Such a resolver can never
    /// tell, because it asks elsewhere; others may.
    case unknown(String)
    /// The resolver did not answer, or failed; the reason in words that follow its address. It might know of a DS.
    case silent(String)
}

extension ParentAnswer {
    /// The DS records in the answer.
    var delegationSigners: [RecordData] {
        switch self {
        case .present(let records, _), .glimpse(let records, _, _): records
        case .absent, .unknown, .silent: []
        }
    }

    /// Reads the response to the query for the DS records of a zone.
    init(in response: Message, to apex: DomainName) {
        do {
            self = try Self.read(response, apex)
        } catch {
            self = .silent("sends an unreadable response")
        }
    }

    private static func read(_ message: Message, _ apex: DomainName) throws(MessageError) -> ParentAnswer {
        let flags = message.header.flags
        // A response without the question only says that the resolver failed, whatever else it has.
        guard !message.questions.isEmpty else { return .silent("says \(message.responseCode)") }
        let (answers, authority) = (message.answers, message.authorities)
        let seen = (answers + authority).filter { $0.owner == apex && $0.type == .ds && $0.class == .in }
        let ttl = seen.map(\.ttl).max() ?? 0
        let delegationSigners = try seen.map { (record) throws(MessageError) in try message.data(of: record) }
        // A DS in the response counts, however odd the rest.
        func but(_ reason: String, _ other: (String) -> ParentAnswer) -> ParentAnswer {
            seen.isEmpty ? other(reason) : .glimpse(delegationSigners, ttl: ttl, reason)
        }
        guard !flags.contains(.truncated) else { return but("truncates its response, even over TCP", ParentAnswer.silent) }
        // A name server of the zone would say that there are none, and does not know.
        guard flags.contains(.recursionAvailable) else {
            return but("is not a resolver: it does not look names up for others", ParentAnswer.unknown)
        }
        switch message.responseCode {
        case .noError: break
        // A name that is delegated exists. Resolvers inside a network may not know it, and some deny names that they do not like.
        case .nameError:
            return but("says that there is no such name, so it does not know the delegation", ParentAnswer.unknown)
        case let code: return but("says \(code)", ParentAnswer.silent)
        }
        guard !answers.isEmpty else { return absence(in: message, apex, but) }
        guard answers.contains(where: { $0.owner == apex && $0.type == .ds && $0.class == .in }) else {
            let isAlias = answers.contains { $0.type == .cname || $0.type == .dname }
            return but(
                isAlias
                    ? "answers with an alias, which no delegated name has" : "answers with records of other names or types",
                ParentAnswer.unknown)
        }
        // A view of the parent for the inside of a network may have records that the world does not see yet.
        guard !flags.contains(.authoritative) else { return but(Self.viewOfItsOwn, ParentAnswer.unknown) }
        return .present(delegationSigners, ttl: ttl)
    }

    private static let viewOfItsOwn = "answers from a zone of its own (AA), which others may see differently"

    /// The answer for a response without records.
    private static func absence(
        in message: Message, _ apex: DomainName, _ but: (String, (String) -> ParentAnswer) -> ParentAnswer
    ) -> ParentAnswer {
        let authority = message.authorities
        if case .glimpse(let records, let ttl, let reason) = but("has it outside the answer", ParentAnswer.unknown) {
            return .glimpse(records, ttl: ttl, reason)
        }
        guard !authority.contains(where: { $0.owner == apex && message.provesDelegationSigner($0) }) else {
            return .unknown("says that there is none, but proves that there is one")
        }
        let owners = authority.filter { $0.type == .soa && $0.class == .in }.map(\.owner)
        // Without an SOA, the response may be a referral, and cannot be cached (RFC 2308 section 2.2).
        guard !owners.isEmpty else {
            return .unknown(
                authority.contains { $0.type == .ns }
                    ? "refers to other name servers instead of asking them"
                    : "says that there is none, but not which zone says so (no SOA)")
        }
        guard !owners.contains(apex) else {
            return .unknown(
                "asks the zone’s own name servers, which do not know what the parent has: it has a rule for just this zone")
        }
        guard owners.allSatisfy({ apex.isAtOrBelow($0) }) else { return .unknown("answers from a zone that is not above") }
        guard !authority.contains(where: { $0.type == .ns && $0.owner.isAtOrBelow(apex) }) else {
            return .unknown("refers to other name servers instead of asking them")
        }
        // A view of the parent for the inside of a network may lack what the world sees.
        guard !message.header.flags.contains(.authoritative) else {
            return .unknown(viewOfItsOwn)
        }
        return .absent
    }
}

extension Message {
    /// Whether a record is an NSEC record that says that its owner has DS records (RFC 4034 section 4.1).
    fileprivate func provesDelegationSigner(_ record: Record) -> Bool {
        var position = record.data.lowerBound
        guard record.type == .nsec, (try? DomainName(of: octets.span, at: &position)) != nil, position <= record.data.upperBound
        else { return false }
        let bitmap = octets[position..<record.data.upperBound]
        // DS is 43: the fourth bit of the sixth octet of the first window.
        guard let window = bitmap.first, window == 0, bitmap.count > 7, bitmap[position + 1] > 5 else { return false }
        return bitmap[position + 7] & 0x10 != 0
    }
}
