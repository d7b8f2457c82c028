import DNS

/// What one resolver's response to a question for DS says of a zone's parent.
///
/// Both sides of a zone cut answer that question, and only the parent's side knows (RFC 4035 section 3.1.4.1). A resolver that has a rule
/// for just this zone, as dnsmasq, systemd-resolved and Knot Resolver can have, asks the zone's own servers and passes on that they have
/// no DS. So the absence of records counts only with an SOA from strictly above the apex. Whatever is not clear is ``unknown(_:)``:
/// a key that is deleted while the parent's DS still names it makes all answers forged.
enum ParentAnswer: Hashable, Sendable {
    /// The parent has these DS records, never none.
    case present([RecordData], ttl: UInt32)
    /// The parent has no DS record.
    case absent
    /// What the resolver said tells nothing of the parent; why, in words that follow the resolver's address. It cannot tell at any time,
    /// as it asks elsewhere: others may.
    case unknown(String)
    /// The resolver did not answer, or failed; why, in words that follow its address. It might know of a DS.
    case silent(String)
}

extension ParentAnswer {
    /// Reads a response.
    ///
    /// - Parameters:
    ///   - octets: a whole message, as it came over TCP, without its length.
    ///   - apex: the zone whose DS records were asked for.
    ///   - identifier: the query's.
    init(in octets: [UInt8], to apex: DomainName, _ identifier: UInt16) {
        do {
            self = try Self.read(octets.span, apex, identifier)
        } catch {
            self = .silent("sends what cannot be read")
        }
    }

    private static func read(
        _ message: Span<UInt8>, _ apex: DomainName, _ identifier: UInt16
    ) throws(MessageError) -> ParentAnswer {
        let header = try Header(of: message)
        var position = Header.length
        let flags = header.flags
        guard header.identifier == identifier, flags.contains(.response), flags.opcode == .query, header.questionCount == 1
        else { return .silent("sends what is no response to the question") }
        let question = try Question(of: message, at: &position)
        guard question.name == apex, question.type == .ds, question.class == .in else {
            return .silent("answers another question")
        }
        guard !flags.contains(.truncated) else { return .silent("cuts its response off, over TCP, too") }
        // A name server of the zone would say that there are none, and does not know.
        guard flags.contains(.recursionAvailable) else { return .unknown("is no resolver: it does not look up for others") }
        switch flags.responseCode {
        case .noError: break
        // A name that is delegated exists. Resolvers inside a network may not know it, and some deny what they do not like.
        case .nameError: return .unknown("says that there is no such name, so it does not know the delegation")
        case let code: return .silent("says \(code)")
        }
        let answers = try records(Int(header.answerCount), of: message, at: &position)
        let delegationSigners = answers.filter { $0.owner == apex && $0.type == .ds && $0.class == .in }
        if !delegationSigners.isEmpty {
            let ttl = delegationSigners.map(\.ttl).min() ?? 0
            return .present(delegationSigners.map { RecordData(type: .ds, octets: $0.octets) }, ttl: ttl)
        }
        guard answers.isEmpty else {
            let isAlias = answers.contains { $0.type == .cname || $0.type == .dname }
            return .unknown(
                isAlias
                    ? "answers with an alias, which a delegated name has not" : "answers with records of other names or types")
        }
        return absence(in: try records(Int(header.authorityCount), of: message, at: &position), flags, apex)
    }

    /// What a response without records says.
    private static func absence(in authority: [Record], _ flags: Header.Flags, _ apex: DomainName) -> ParentAnswer {
        let owners = authority.filter { $0.type == .soa && $0.class == .in }.map(\.owner)
        // RFC 2308 section 2.2: without SOA it may be a referral, and is nothing that could be remembered.
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
        guard owners.allSatisfy({ apex.isAtOrBelow($0) }) else { return .unknown("answers out of a zone that is not above") }
        guard !authority.contains(where: { $0.type == .ns && $0.owner.isAtOrBelow(apex) }) else {
            return .unknown("refers to other name servers instead of asking them")
        }
        // A view of the parent for the inside of a network may lack what the world sees.
        guard !flags.contains(.authoritative) else {
            return .unknown("answers out of a zone of its own (AA), which need not be what others see")
        }
        return .absent
    }

    private struct Record {
        var owner: DomainName
        var type: RecordType
        var `class`: RecordClass
        var ttl: UInt32
        var octets: [UInt8]
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
