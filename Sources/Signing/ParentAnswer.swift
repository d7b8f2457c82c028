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

    /// Reads a response.
    ///
    /// - Parameters:
    ///   - octets: a whole message as it came over TCP, without its length.
    ///   - apex: the zone whose DS records were asked for.
    ///   - identifier: the query's identifier.
    init(in octets: [UInt8], to apex: DomainName, _ identifier: UInt16) {
        do {
            self = try Self.read(octets.span, apex, identifier)
        } catch {
            self = .silent("sends an unreadable response")
        }
    }

    private static func read(
        _ message: Span<UInt8>, _ apex: DomainName, _ identifier: UInt16
    ) throws(MessageError) -> ParentAnswer {
        let header = try Header(of: message)
        var position = Header.length
        let flags = header.flags
        guard header.identifier == identifier, flags.contains(.response), flags.opcode == .query, header.questionCount == 1
        else { return .silent("sends a message that is not a response to the question") }
        let question = try Question(of: message, at: &position)
        guard question.name == apex, question.type == .ds, question.class == .in else {
            return .silent("answers another question")
        }
        let answers = try records(Int(header.answerCount), of: message, at: &position)
        let authority = try records(Int(header.authorityCount), of: message, at: &position)
        let additional = try records(Int(header.additionalCount), of: message, at: &position)
        let seen = (answers + authority).filter { $0.owner == apex && $0.type == .ds && $0.class == .in }
        let ttl = seen.map(\.ttl).max() ?? 0
        let delegationSigners = seen.map { RecordData(type: .ds, octets: $0.octets) }
        // A DS in the response counts, however odd the rest.
        func but(_ reason: String, _ other: (String) -> ParentAnswer) -> ParentAnswer {
            seen.isEmpty ? other(reason) : .glimpse(delegationSigners, ttl: ttl, reason)
        }
        guard !flags.contains(.truncated) else { return but("truncates its response, even over TCP", ParentAnswer.silent) }
        // A name server of the zone would say that there are none, and does not know.
        guard flags.contains(.recursionAvailable) else {
            return but("is not a resolver: it does not look names up for others", ParentAnswer.unknown)
        }
        switch flags.responseCode {
        case .noError: break
        // A name that is delegated exists. Resolvers inside a network may not know it, and some deny names that they do not like.
        case .nameError:
            return but("says that there is no such name, so it does not know the delegation", ParentAnswer.unknown)
        case let code: return but("says \(code)", ParentAnswer.silent)
        }
        // The upper eight bits of the response code (RFC 6891 section 6.1.3).
        guard !additional.contains(where: { $0.type == .opt && $0.ttl >> 24 != 0 }) else {
            return but("says that it failed", ParentAnswer.silent)
        }
        guard !answers.isEmpty else { return absence(in: authority, flags, apex, but) }
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
        in authority: [Record], _ flags: Header.Flags, _ apex: DomainName,
        _ but: (String, (String) -> ParentAnswer) -> ParentAnswer
    ) -> ParentAnswer {
        if case .glimpse(let records, let ttl, let reason) = but("has it outside the answer", ParentAnswer.unknown) {
            return .glimpse(records, ttl: ttl, reason)
        }
        guard !authority.contains(where: { $0.owner == apex && $0.provesDelegationSigner }) else {
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
        guard !flags.contains(.authoritative) else {
            return .unknown(viewOfItsOwn)
        }
        return .absent
    }

    private struct Record {
        var owner: DomainName
        var type: RecordType
        var `class`: RecordClass
        var ttl: UInt32
        var octets: [UInt8]

        /// Whether this is an NSEC record that says that its owner has DS records (RFC 4034 section 4.1).
        var provesDelegationSigner: Bool {
            var position = 0
            guard type == .nsec, (try? DomainName(of: octets.span, at: &position)) != nil else { return false }
            let bitmap = octets[position...]
            // DS is 43: the fourth bit of the sixth octet of the first window.
            guard let window = bitmap.first, window == 0, bitmap.count > 7, bitmap[position + 1] > 5 else { return false }
            return bitmap[position + 7] & 0x10 != 0
        }
    }

    private static func records(
        _ count: Int, of message: Span<UInt8>, at position: inout Int
    ) throws(MessageError) -> [Record] {
        var records: [Record] = []
        for _ in 0..<count {
            let owner = try DomainName(of: message, at: &position)
            let type = RecordType(rawValue: try message.readUInt16(at: &position))
            let recordClass = RecordClass(rawValue: try message.readUInt16(at: &position))
            let ttl = try message.readUInt32(at: &position)
            let length = Int(try message.readUInt16(at: &position))
            records.append(
                Record(
                    owner: owner, type: type, class: recordClass, ttl: ttl,
                    octets: try message.readOctets(length, at: &position)))
        }
        return records
    }
}
