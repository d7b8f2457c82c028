import DNS
import Sockets

/// Zones on one scripted server, which answers for all of them, and refers down from each to the next.
struct SampleZones: Sendable {
    /// The zones, each with its records, one a line.
    var zones: [(apex: String, records: [String])]
    /// Names that are answered with this code.
    var refused: Set<String> = []

    /// A root with “net.” and “example.net.”, all on 127.0.0.1.
    static let sound = SampleZones(zones: [
        (".", [". 60 IN SOA a. b. 1 1 1 1 1", ". 60 IN NS a.root.", "net. 60 IN NS a.net.", "a.net. 60 IN A 127.0.0.1"]),
        (
            "net.",
            [
                "net. 60 IN SOA a. b. 1 1 1 1 1", "net. 60 IN NS a.net.", "a.net. 60 IN A 127.0.0.1",
                "example.net. 60 IN NS ns1.example.net.", "example.net. 60 IN NS ns.elsewhere.net.",
                "ns1.example.net. 60 IN A 127.0.0.1", "elsewhere.net. 60 IN NS ns.elsewhere.net.",
                "ns.elsewhere.net. 60 IN A 127.0.0.1",
            ]
        ),
        (
            "example.net.",
            [
                "example.net. 60 IN SOA a. b. 1 1 1 1 1", "example.net. 60 IN NS ns1.example.net.",
                "ns1.example.net. 60 IN A 127.0.0.1", "www.example.net. 60 IN A 192.0.2.1",
                "alias.example.net. 60 IN CNAME www.example.net.", "old.example.net. 60 IN DNAME new.example.",
                "a.deep.example.net. 60 IN TXT \"x\"",
            ]
        ),
        ("elsewhere.net.", ["elsewhere.net. 60 IN SOA a. b. 1 1 1 1 1", "ns.elsewhere.net. 60 IN A 127.0.0.1"]),
    ])

    /// Where the server knows from which zone it is asked: by how much of the name was asked for before, it cannot; so each label is
    /// asked in the zone above.
    func response(to octets: [UInt8]) throws -> [UInt8] {
        let query = try Message(octets)
        let question = query.questions[0]
        var writer = MessageWriter()
        let text = question.name.lowercased.description
        if refused.contains(text) {
            writer.begin(
                identifier: query.header.identifier, flags: Header.Flags(rawValue: 0x8005), limit: MessageWriter.maximumLength)
            writer.write(question)
            writer.finish()
            return writer.octets
        }
        // NS of an apex is asked of the zone above; all else is asked of the zone itself.
        let isCut = question.type == .ns && zones.contains { $0.apex == text }
        let apex = try zones.map { try DomainName($0.apex) }
            .filter { isCut ? question.name != $0 && question.name.isAtOrBelow($0) : question.name.isAtOrBelow($0) }
            .max { $0.labelCount < $1.labelCount }
        let records = try (zones.first { $0.apex == apex?.description }?.records ?? []).map { try ResourceRecord($0) }
        let here = records.filter { $0.owner == question.name }
        func set(_ records: [ResourceRecord]) -> RRset? {
            records.first.map { RRset(owner: $0.owner, type: $0.data.type, ttl: $0.ttl, data: records.map(\.data)) }
        }
        let exists = records.contains { $0.owner.isAtOrBelow(question.name) }
        let redirection = records.first {
            $0.data.type == .dname && question.name != $0.owner && question.name.isAtOrBelow($0.owner)
        }
        var flags = Header.Flags.response.union(isCut ? [] : .authoritative)
        if !exists, redirection == nil { flags.formUnion(Header.Flags(rawValue: 3)) }
        writer.begin(identifier: query.header.identifier, flags: flags, limit: MessageWriter.maximumLength)
        writer.write(question)
        let wanted = here.filter { $0.data.type == question.type || $0.data.type == .cname }
        if let redirection {
            _ = set([redirection]).map { writer.write($0, in: .answer) }
        } else if let answer = set(wanted) {
            _ = writer.write(answer, in: isCut ? .authority : .answer)
        }
        for name in isCut ? here.compactMap(\.data.target) : [] {
            _ = set(records.filter { $0.owner == name && $0.data.type == .a }).map { writer.write($0, in: .additional) }
        }
        writer.finish()
        return writer.octets
    }
}
